import gzip
import json
import marshal
import struct

import brotli
import executables_made as made
import pytest
import zstandard

from undeclared.model.code import FileKind, Omission, SourceFile
from undeclared.unpack import source_files

JAVASCRIPT = b"const os = require('os');\nfunction zone() { return process.env.TZ === 'x'; }\n"
TYPESCRIPT = b"export function where(at: string): string { return process.env[at] as string; }\n"
BYTECODE = b"\x1f\x02JSC" * 40


@pytest.fixture
def inside(tmp_path):
    """What a file of some bytes holds, by its path within, and what was left out."""

    def look(data, name="agent"):
        file = tmp_path / name
        file.write_bytes(data)
        given = list(source_files(file))
        omitted = {one.path: one.what for one in given if isinstance(one, Omission)}
        files = {one.path: one for one in given if isinstance(one, SourceFile)}
        assert len(files) + len(omitted) == len(given)
        return files, omitted

    return look


def texts(files):
    return {path: bytes(file.data) for path, file in files.items() if "!/" in path}


MODULES = [
    ("/$bunfs/root/cli", JAVASCRIPT, b"", b""),
    ("/$bunfs/root/lib/where.ts", TYPESCRIPT, b"", b""),
]
EXPECTED = {"agent!/$bunfs/root/cli": JAVASCRIPT, "agent!/$bunfs/root/lib/where.ts": TYPESCRIPT}


@pytest.mark.parametrize("record", [28, 32, 36, 52])
@pytest.mark.parametrize("table", [24, 32])
def test_bun_programs_behind_an_executable_of_every_record_size(inside, record, table):
    files, omitted = inside(made.bun_overlay(made.bun_graph(MODULES, record, table)))
    assert texts(files) == EXPECTED
    assert not omitted
    assert files["agent!/$bunfs/root/cli"].kind is FileKind.JAVASCRIPT


@pytest.mark.parametrize("header", ["<I", "<Q"])
@pytest.mark.parametrize("form", ["elf", "macho", "pe"])
def test_bun_programs_in_a_section(inside, header, form):
    graph = made.bun_graph(MODULES)
    section = struct.pack(header, len(graph)) + graph
    data = {
        "elf": lambda: made.elf([(".text", b"run"), (".bun", section + bytes(100))]),
        "macho": lambda: made.macho("__BUN", "__bun", section + bytes(100)),
        "pe": lambda: made.pe([(".text", b"run"), (".bun", section + bytes(100))]),
    }[form]()
    files, omitted = inside(data)
    assert {
        path: text for path, text in texts(files).items() if "native at" not in path
    } == EXPECTED
    assert not omitted
    assert files["agent"].kind is FileKind.NATIVE
    assert graph[:16] not in bytes(files["agent"].data)


def test_bytecode_that_modules_share_is_given_once(inside):
    modules = [(name, code, b"", BYTECODE) for name, code, _, _ in MODULES]
    graph = bytearray(made.bun_graph(modules))
    files, _ = inside(made.bun_overlay(bytes(graph)))
    bytecode = [file for file in files.values() if file.kind is FileKind.BYTECODE]
    assert b"".join(bytes(file.data) for file in bytecode).count(BYTECODE) == 2
    assert len(bytecode) == 1


def test_sources_in_both_forms_of_a_source_map_of_bun(inside):
    pack = zstandard.ZstdCompressor().compress
    own = made.bun_source_map([("src/where.ts", TYPESCRIPT)], pack)
    plain = {"version": 3, "mappings": "", "sources": ["b.ts"], "sourcesContent": ["let b: any;"]}
    modules = [
        ("/$bunfs/root/a.js", JAVASCRIPT, own, b""),
        ("/$bunfs/root/b.js", JAVASCRIPT, pack(json.dumps(plain).encode()), b""),
    ]
    files, omitted = inside(made.bun_overlay(made.bun_graph(modules)))
    assert bytes(files["agent!/$bunfs/root/a.js.map!/src/where.ts"].data) == TYPESCRIPT
    assert bytes(files["agent!/$bunfs/root/b.js.map!/b.ts"].data) == b"let b: any;"
    assert not omitted


def test_a_bun_program_whose_table_is_damaged_gives_its_long_texts_and_says_so(inside):
    code = JAVASCRIPT * 1000
    graph = bytearray(made.bun_graph([("/$bunfs/root/cli", code, b"", b"")]))
    graph[-40:-32] = b"\xff" * 8
    section = struct.pack("<Q", len(graph)) + bytes(graph)
    files, omitted = inside(made.elf([(".bun", section)]))
    found = [bytes(file.data) for path, file in files.items() if "!/text at" in path]
    assert len(found) == 1
    assert code in found[0]
    assert "long runs of text" in omitted["agent"]


@pytest.mark.parametrize("form", ["elf", "macho", "pe"])
@pytest.mark.parametrize("extra", [b"", b"\x02"])
def test_single_executable_applications_of_node(inside, form, extra):
    assets = [("note.txt", b"a note"), ("deep/x.json", b'{"a": 1}')]
    blob = made.sea_blob("app.js", JAVASCRIPT, 4 | 8, BYTECODE, assets, extra)
    data = {
        "elf": lambda: made.elf([(".text", b"node")], [("NODE_SEA_BLOB", blob)]),
        "macho": lambda: made.macho("NODE_SEA", "__NODE_SEA_BLOB", blob),
        "pe": lambda: made.pe([(".text", b"x")], [("OTHER", b"icon"), ("NODE_SEA_BLOB", blob)]),
    }[form]()
    files, omitted = inside(data)
    assert not omitted
    assert bytes(files["agent!/app.js"].data) == JAVASCRIPT
    assert files["agent!/app.js.cache"].kind is FileKind.BYTECODE
    assert bytes(files["agent!/deep/x.json"].data) == b'{"a": 1}'
    assert bytes(files["agent!/note.txt"].data) == b"a note"


def test_a_snapshot_of_node_is_bytecode(inside):
    blob = made.sea_blob("snap.js", BYTECODE, 2)
    files, _ = inside(made.elf(notes=[("NODE_SEA_BLOB", blob)]))
    assert files["agent!/snap.js"].kind is FileKind.BYTECODE


def test_the_first_single_executables_held_the_code_alone(inside):
    files, _ = inside(made.elf(notes=[("NODE_JS_CODE", JAVASCRIPT)]))
    assert bytes(files["agent!/main.js"].data) == JAVASCRIPT


def test_a_blob_of_an_unknown_version_gives_its_texts_and_says_so(inside):
    blob = struct.pack("<II", 0x0143DA20, 1) + b"\xee" * 40 + JAVASCRIPT * 5 + bytes(5)
    files, omitted = inside(made.elf(notes=[("NODE_SEA_BLOB", blob)]))
    assert any(JAVASCRIPT in text for text in texts(files).values())
    assert "version not known" in omitted["agent"]


@pytest.mark.parametrize(
    ("method", "compress"), [(0, None), (1, gzip.compress), (2, brotli.compress)]
)
def test_programs_that_pkg_made(inside, method, compress):
    program = made.pkg_program(
        [("/snapshot/app/index.js", "1", JAVASCRIPT), ("/snapshot/app/b.js", "0", BYTECODE)],
        compress,
        method,
    )
    files, omitted = inside(program)
    assert not omitted
    assert bytes(files["agent!/snapshot/app/index.js"].data) == JAVASCRIPT
    assert bytes(files["agent!/snapshot/app/b.js.bytecode"].data) == BYTECODE
    assert files["agent!/snapshot/app/b.js.bytecode"].kind is FileKind.BYTECODE


def test_programs_that_an_old_pkg_made(inside):
    files, _ = inside(made.pkg_program([("/snapshot/i.js", "1", JAVASCRIPT)], old=True))
    assert bytes(files["agent!/snapshot/i.js"].data) == JAVASCRIPT


def test_programs_that_nexe_made(inside):
    files, omitted = inside(made.nexe_program(JAVASCRIPT, [("./lib/w.ts", TYPESCRIPT)]))
    assert not omitted
    assert JAVASCRIPT in bytes(files["agent!/nexe.js"].data)
    assert bytes(files["agent!/lib/w.ts"].data) == TYPESCRIPT


@pytest.mark.parametrize("place", ["note", "macho", "pe", "end", "end-old"])
def test_programs_that_deno_compiled(inside, place):
    program = made.deno_program(
        [("main.ts", TYPESCRIPT, JAVASCRIPT), ("lib/deep/x.txt", b"plain", None)],
        [("https://deno.example/mod.ts", TYPESCRIPT, JAVASCRIPT)],
    )
    base = made.elf([(".text", b"deno")])
    data = {
        "note": lambda: made.elf(notes=[("SUI", b"\x08\0d3n0l4nd" + program)]),
        "macho": lambda: made.macho("__SUI", "d3n0l4nd", program),
        "pe": lambda: made.pe(resources=[("D3N0L4ND", program)]),
        "end": lambda: (
            base + program + b"\x1eP\0\0\xa7\x02\0\0" + struct.pack("<Q", len(program) + 16)
        ),
        "end-old": lambda: (
            base + program + b"\x1eP\0\0\xa7\x02\0\0" + struct.pack("<I", len(program))
        ),
    }[place]()
    files, omitted = inside(data)
    assert not omitted
    assert bytes(files["agent!/main.ts"].data) == TYPESCRIPT
    assert bytes(files["agent!/main.ts.js"].data) == JAVASCRIPT
    assert bytes(files["agent!/lib/deep/x.txt"].data) == b"plain"
    assert bytes(files["agent!/https:/deno.example/mod.ts"].data) == TYPESCRIPT
    assert bytes(files["agent!/https:/deno.example/mod.ts.js"].data) == JAVASCRIPT


def test_an_eszip_behind_an_executable(inside):
    mapped = json.dumps(
        {"version": 3, "mappings": "", "sources": ["file:///main.ts"], "sourcesContent": ["let a"]}
    ).encode()
    archive = made.eszip(
        [("file:///main.ts", TYPESCRIPT, mapped), ("file:///b.js", JAVASCRIPT, b"")]
    )
    metadata = b'{"argv":[]}'
    base = made.elf([(".text", b"deno")])
    trailer = b"d3n0l4nd" + struct.pack(">QQ", len(base), len(base) + len(archive))
    for data in (
        base + archive + metadata + trailer,
        base + b"d3n0l4nd" + bytes(32) + archive + metadata,
    ):
        files, omitted = inside(data)
        assert not omitted
        assert bytes(files["agent!/file:/main.ts"].data) == TYPESCRIPT
        assert bytes(files["agent!/file:/main.ts.map!/file:/main.ts"].data) == b"let a"
        assert bytes(files["agent!/file:/b.js"].data) == JAVASCRIPT


def test_a_bundle_behind_an_old_deno(inside):
    base = made.elf([(".text", b"deno")])
    trailer = b"d3n0l4nd" + struct.pack(">QQ", len(base), len(base) + len(JAVASCRIPT))
    files, _ = inside(base + JAVASCRIPT + b"{}" + trailer)
    assert bytes(files["agent!/bundle.js"].data) == JAVASCRIPT


def test_a_deno_program_of_unknown_layout_gives_its_texts_and_says_so(inside):
    program = b"d3n0l4nd" + b"\xff" * 8 + bytes(40) + JAVASCRIPT * 9 + bytes(9) + b"d3n0l4nd"
    files, omitted = inside(made.elf(notes=[("SUI", program)]))
    assert any(JAVASCRIPT in text for text in texts(files).values())
    assert "not known" in omitted["agent"]


@pytest.mark.parametrize("cookie", [24, 88])
def test_programs_that_pyinstaller_made(inside, cookie):
    code = marshal.dumps(compile("import os\nprint(os.environ['TZ'])", "agent.py", "exec"))
    modules = made.pyz([("pkg.helper", code), ("other", code)], marshal.dumps)
    archive = made.carchive(
        [
            ("agent", b"s", code, True),
            ("PYZ-00.pyz", b"z", modules, False),
            ("data.json", b"x", b'{"zone": 1}', True),
        ],
        cookie,
    )
    files, omitted = inside(made.elf([(".text", b"boot")]) + archive)
    assert not omitted
    assert bytes(files["agent!/agent.pyc"].data) == code
    assert files["agent!/agent.pyc"].kind is FileKind.BYTECODE
    assert bytes(files["agent!/PYZ-00.pyz!/pkg/helper.pyc"].data) == code
    assert files["agent!/PYZ-00.pyz!/other.pyc"].kind is FileKind.BYTECODE
    assert bytes(files["agent!/data.json"].data) == b'{"zone": 1}'


def test_one_damaged_part_of_a_python_program_leaves_the_others(inside):
    good = ("fine.txt", b"x", b"some text", True)
    archive = bytearray(made.carchive([("broken", b"x", b"z" * 500, True), good]))
    archive[2:8] = b"\xff" * 6
    files, omitted = inside(made.elf() + bytes(archive))
    assert bytes(files["agent!/fine.txt"].data) == b"some text"
    assert "decompressed" in omitted["agent!/broken"]


def test_each_architecture_of_a_fat_executable_is_opened(inside):
    one = made.macho("__BUN", "__bun", bytes(8) + made.bun_graph(MODULES[:1]))
    two = made.macho("__BUN", "__bun", bytes(8) + made.bun_graph(MODULES[1:]))
    files, _ = inside(made.fat(one, two))
    assert EXPECTED.items() <= texts(files).items()


def test_an_executable_without_a_program_is_given_whole(inside):
    data = made.elf([(".text", bytes(range(256)) * 40)])
    files, omitted = inside(data)
    assert [(path, file.kind, bytes(file.data)) for path, file in files.items()] == [
        ("agent", FileKind.NATIVE, data)
    ]
    assert not omitted


def test_a_long_script_within_an_unknown_executable_is_taken_out(inside):
    code = JAVASCRIPT * 1200
    data = made.elf([(".rodata", bytes(300) + code + bytes(300)), (".text", b"\x90\x03" * 90)])
    files, _ = inside(data)
    (script,) = (file for file in files.values() if file.kind is FileKind.JAVASCRIPT)
    assert bytes(script.data) == code
    natives = [bytes(file.data) for file in files.values() if file.kind is FileKind.NATIVE]
    assert sum(map(len, natives)) == len(data) - len(code)
    assert not any(JAVASCRIPT in native for native in natives)


def test_an_image_that_is_not_opened_is_said(inside):
    _, omitted = inside(made.elf([(".text", b"run")]) + b"hsqs" + bytes(400))
    assert "squashfs" in omitted["agent"]
    _, omitted = inside(made.elf([(".text", b"UPX!" + bytes(50))]))
    assert "UPX" in omitted["agent"]
