"""Every kind of container, small and sound: what tests and the fuzz program damage."""

import bz2
import gzip
import io
import json
import lzma
import marshal
import struct
import zipfile

import executables_made as made
import zstandard
from tarballs import tar_bytes

SCRIPT = b"const os = require('os');\nfunction zone() { return process.env.TZ === 'x'; }\n"
TEXT = SCRIPT * 700
"""More than 50 KB, so that it is also found without a format."""


def corpus():
    """Sound containers by name."""
    plain = [("package/a.js", SCRIPT), ("package/b.json", b'{"a": 1}'), ("c.py", b"import os\n")]
    pack = zstandard.ZstdCompressor().compress
    tar = tar_bytes(plain)
    zipped = _zip(plain)
    own_map = made.bun_source_map([("src/a.ts", SCRIPT)], pack)
    modules = [
        ("/$bunfs/root/cli", TEXT, own_map, b"\x02JSC" * 30),
        ("/$bunfs/root/b", SCRIPT, b"", b""),
    ]
    graph = made.bun_graph(modules)
    section = struct.pack("<Q", len(graph)) + graph
    sea = made.sea_blob("app.js", SCRIPT, 4 | 8, b"\x02" * 40, [("x.tgz", gzip.compress(tar))])
    deno = made.deno_program(
        [("lib/main.ts", SCRIPT, SCRIPT)], [("https://d.example/m.ts", SCRIPT, None)]
    )
    code = marshal.dumps(compile("import os", "a.py", "exec"))
    python = made.carchive(
        [
            ("agent", b"s", code, True),
            ("PYZ.pyz", b"z", made.pyz([("a.b", code)], marshal.dumps), False),
            ("data.txt", b"x", TEXT, True),
        ]
    )
    mapped = {
        "version": 3,
        "mappings": "",
        "sources": ["a.ts"],
        "sourcesContent": [SCRIPT.decode()],
    }
    eszip = made.eszip([("file:///main.ts", SCRIPT, json.dumps(mapped).encode())])
    base = made.elf([(".text", b"run" * 30)])
    return {
        "p.tar": tar,
        "p.tgz": gzip.compress(tar),
        "p.tar.bz2": bz2.compress(tar),
        "p.tar.xz": lzma.compress(tar),
        "p.tar.zst": pack(tar),
        "p.zip": zipped,
        "p.asar": made.asar(plain),
        "nested.zip": _zip([("in.tgz", gzip.compress(tar_bytes([("p.zip", zipped)])))]),
        "app.pyz": b"#!/usr/bin/env python3\n" + zipped,
        "bun-overlay": made.bun_overlay(graph),
        "bun-old": made.bun_overlay(made.bun_graph(modules, 32, 24)),
        "bun-elf": made.elf([(".text", b"run"), (".bun", section)]),
        "bun-macho": made.macho("__BUN", "__bun", section),
        "bun-fat": made.fat(made.macho("__BUN", "__bun", section), made.macho("__T", "__t", b"1")),
        "bun.exe": made.pe([(".bun", section)]),
        "sea-elf": made.elf(notes=[("NODE_SEA_BLOB", sea)]),
        "sea-macho": made.macho("NODE_SEA", "__NODE_SEA_BLOB", sea),
        "sea.exe": made.pe(resources=[("NODE_SEA_BLOB", sea)]),
        "deno": made.elf(notes=[("SUI", b"\x08\0d3n0l4nd" + deno)]),
        "deno-end": base + deno + b"\x1eP\0\0\xa7\x02\0\0" + struct.pack("<Q", len(deno) + 16),
        "deno-eszip": base + b"d3n0l4nd" + bytes(32) + eszip + b"{}",
        "pkg": made.pkg_program([("/snapshot/a.js", "1", SCRIPT)], gzip.compress, 1),
        "nexe": made.nexe_program(SCRIPT, [("./a.js", SCRIPT)]),
        "pyinstaller": base + python,
        "native": made.elf([(".rodata", bytes(300) + TEXT + bytes(300))]),
        "a.js.map": json.dumps(mapped).encode(),
        "a.js": SCRIPT,
    }


def _zip(members):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return packed.getvalue()
