"""Hostile input for `unpack.source_files`: no crash, no hang, no more memory than is fair.

Two parts. A fixed corpus of what is known to break unpackers: bombs, traversal, links, a million
empty streams, tables that point everywhere, 100 MB on one line, deep nesting, invalid UTF-8. Then
mutations without end of every container that `tests/unpack/corpus.py` makes (headers overwritten,
cut, spliced, filled with huge numbers), and of real files that are named, for as long as is asked.

    python evals/fuzz_unpack.py --seconds 60 --seed 1 [FILE …]

Each case runs in a process of its own, mutations in batches. Prints each defect with what makes it
again, then the slowest and the largest case; exits with 1 if there was a defect.
"""

import argparse
import bz2
import gzip
import io
import json
import os
import random
import struct
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import zstandard

from undeclared.model.code import Omission, SourceFile
from undeclared.unpack import Limits, source_files

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "unpack"))

import executables_made as made
from corpus import SCRIPT, corpus

LIMITS = Limits(max_bytes=512 << 20, seconds=20)
SLOWEST, LARGEST = 40.0, 1100 << 20
"""What counts as a defect: seconds of one case, bytes of memory of its process."""
BATCH = 300
MB = 1 << 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path, help="real files to mutate too, read only")
    parser.add_argument("--seconds", type=float, default=60, help="of mutations")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mutations", action="store_true", help="leave the fixed corpus out")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    parser.add_argument("--batch", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        one(options.case)
    elif options.batch is not None:
        mutations(options.batch, options.files)
    else:
        cases = [] if options.mutations else list(CASES)
        sys.exit(run(cases, options.files, options.seconds, options.seed))


def run(cases: list[str], files: list[Path], seconds: float, seed: int) -> int:
    defects, slowest, largest, batches = [], (0.0, ""), (0, ""), 0
    until = None
    for arguments in chain((["--case", name] for name in cases), endless(seed, files)):
        if arguments[0] == "--batch":
            until = until or time.monotonic() + seconds
            if time.monotonic() > until:
                break
            batches += 1
        start = time.monotonic()
        why, memory = child(arguments)
        took = time.monotonic() - start
        name = " ".join(arguments[:2])
        single = arguments[0] == "--case"
        slowest = max(slowest, (took if single else 0.0, name))
        largest = max(largest, (memory, name))
        if why is None and memory > LARGEST:
            why = f"took {memory // MB} MB"
        if why is None and single and took > SLOWEST:
            why = f"took {took:.0f} s"
        if why:
            defects.append(name)
            print(f"DEFECT {' '.join(arguments)}: {why}")
        elif single:
            print(f"{took:6.1f} s {memory // MB:5} MB  {name}")
    print(f"{len(cases)} cases and {batches * BATCH} mutations, {len(defects)} defects")
    print(
        f"slowest {slowest[0]:.1f} s ({slowest[1]}), largest {largest[0] // MB} MB ({largest[1]})"
    )
    return 1 if defects else 0


def endless(seed: int, files: list[Path]) -> Iterator[list[str]]:
    for number in range(seed * 1_000_000, (seed + 1) * 1_000_000):
        yield ["--batch", str(number), *map(str, files)]


def child(arguments: list[str]) -> tuple[str | None, int]:
    """What went wrong, if anything, and the most memory it had."""
    process = subprocess.Popen(
        [sys.executable, __file__, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        out, error = process.communicate(timeout=300)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return "hangs", 0
    if process.returncode:
        return f"exit {process.returncode}: {error.decode(errors='replace')[-600:]}", 0
    return None, int(out.split()[-1])


def look(file: Path) -> None:
    """Unpack and touch everything; a wrong answer raises."""
    before = sorted(str(path) for path in file.parent.iterdir())
    start = time.monotonic()
    paths, total = set(), 0
    for given in source_files(file, LIMITS):
        assert isinstance(given, (SourceFile, Omission))
        assert given.path.isprintable() or not given.path.isascii(), given.path
        assert ".." not in given.path.split("/"), given.path
        if isinstance(given, SourceFile):
            assert given.path not in paths, given.path
            paths.add(given.path)
            total += len(given.data)
            zlib.crc32(given.data)
    assert total <= LIMITS.max_bytes, total
    assert time.monotonic() - start < SLOWEST
    assert before == sorted(str(path) for path in file.parent.iterdir())


def forget() -> None:
    """Begin to measure anew: what making the input took is not meant (proc(5), `clear_refs`)."""
    Path("/proc/self/clear_refs").write_text("5")


def measured() -> None:
    """Print the most memory since then; mapped pages of files count too."""
    status = Path("/proc/self/status").read_text()
    print(int(status.split("VmHWM:")[1].split()[0]) * 1024)


def one(name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "input")
        made_by = CASES[name]
        result = made_by(target)
        if result is not None:
            target.write_bytes(result)
            del result
        forget()
        look(target)
    measured()


def mutations(number: int, files: list[Path]) -> None:
    sound = list(corpus().items()) + [(file.name, file.read_bytes()) for file in files]
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "input")
        for index in range(BATCH):
            chance = random.Random(number * BATCH + index)
            name, data = chance.choice(sound)
            target.write_bytes(mutated(data, chance, [one for _, one in sound]))
            try:
                look(target)
            except BaseException as error:
                error.add_note(f"mutation {index} of {name}")
                raise
    measured()


def mutated(data: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    out = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        # Headers and tables lie at the ends.
        near = chance.choice((64, 512, 4096, len(out) + 1))
        at = chance.randrange(min(near, len(out) + 1))
        at = len(out) - at if chance.random() < 0.5 else at
        number = chance.choice(
            (0, 1, 0x7F, 0xFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, len(out), 1 << 63)
        )
        size = chance.choice((1, 2, 4, 8))
        kind = chance.randrange(7)
        if kind == 0:
            out[at : at + size] = chance.randbytes(size)
        elif kind == 1:
            order = chance.choice(("little", "big"))
            out[at : at + size] = (number & (1 << 8 * size) - 1).to_bytes(size, order)
        elif kind == 2:
            del out[at : at + chance.choice((1, 8, 100, 5000))]
        elif kind == 3:
            out[at:at] = out[at : at + chance.choice((4, 64, 4096))]
        elif kind == 4:
            del out[at:]
        elif kind == 5:
            other = chance.choice(others)
            start = chance.randrange(len(other) + 1)
            out[at:at] = other[start : start + chance.choice((64, 4096, 1 << 20))]
        elif out:
            out[min(at, len(out) - 1)] ^= 1 << chance.randrange(8)
    return bytes(out)


def tar(*members: tuple[str, bytes, bytes]) -> bytes:
    """Members of name, type flag, and content or link target."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, kind, what in members:
            info = tarfile.TarInfo(name)
            info.type = kind
            if kind == b"0":
                info.size = len(what)
                archive.addfile(info, io.BytesIO(what))
            else:
                info.linkname = what.decode()
                archive.addfile(info)
    return packed.getvalue()


def zipped(members: list[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return packed.getvalue()


def overlapping_zip() -> bytes:
    """Many entries for the same compressed bytes (David Fifield, "A better zip bomb", 2019)."""
    data = zipped([("a", bytes(20 * MB))])
    directory = data.rfind(b"PK\1\2")
    end = data.rfind(b"PK\5\6")
    entry = data[directory:end]
    count = 5000
    tail = struct.pack(
        "<4sHHHHIIH", b"PK\5\6", 0, 0, count, count, len(entry) * count, directory, 0
    )
    return data[:directory] + entry * count + tail


def quine_like(depth: int) -> bytes:
    data = SCRIPT
    for level in range(depth):
        data = zipped([(f"{level}.zip", data)]) if level % 2 else gzip.compress(data)
    return data


def everything_everywhere() -> bytes:
    """A Bun table whose 100,000 modules are all the same 40 MB."""
    body = b"/$bunfs/root/x" + SCRIPT * (40 * MB // len(SCRIPT))
    row = struct.pack("<12I4B", 0, 14, 14, len(body) - 14, *[0] * 8, 1, 1, 1, 0)
    rows = row * 100_000
    data = body + rows
    offsets = struct.pack("<QIIIIII", len(data), len(body), len(rows), 0, 0, 0, 0)
    graph = data + offsets + b"\n---- Bun! ----\n"
    return made.elf([(".bun", struct.pack("<Q", len(graph)) + graph)])


def deep_asar(depth: int) -> bytes:
    text = b'{"files":{"d":' * depth + b'{"size":1,"offset":"0"}' + b"}}" * depth
    return struct.pack("<IIII", 4, len(text) + 8, len(text) + 4, len(text)) + text + b"x"


def folder_of_links(target: Path) -> None:
    target.mkdir()
    (target / "a").mkdir()
    (target / "a" / "up").symlink_to("..")
    (target / "etc").symlink_to("/etc")
    (target / "self").symlink_to("self")
    (target / "null").symlink_to("/dev/zero")
    os.mkfifo(target / "pipe")
    (target / "x.js").write_bytes(SCRIPT)
    hardly = target
    for _ in range(120):
        hardly /= "deep"
        hardly.mkdir()
    (hardly / "y.js").write_bytes(SCRIPT)
    (target / os.fsdecode(b"\xff\xfe\n")).write_bytes(SCRIPT)


def many_files(target: Path) -> None:
    target.mkdir()
    for index in range(20_000):
        (target / f"{index}").write_bytes(b"")


def zstd_of(size: int) -> bytes:
    return zstandard.ZstdCompressor(level=1).compress(bytes(size))


CASES: dict[str, Callable[[Path], bytes | None]] = {
    "gzip bomb": lambda _: gzip.compress(bytes(700 * MB), 1),
    "bzip2 bomb": lambda _: bz2.compress(bytes(60 * MB)) * 30,
    "zstd bomb": lambda _: zstd_of(1500 * MB),
    "gzip bombs in a zip": lambda _: zipped(
        [(f"{index}.gz", gzip.compress(bytes(60 * MB), 1)) for index in range(40)]
    ),
    "overlapping zip": lambda _: overlapping_zip(),
    "nested 60 deep": lambda _: quine_like(60),
    "a million empty streams": lambda _: gzip.compress(b"") * 1_000_000,
    "a million empty frames": lambda _: zstandard.compress(b"") * 1_000_000,
    "xz that asks for 4 GB": lambda _: b"\xfd7zXZ\0\0\0\xff\x12\xd9\x41\2\0\x21\1\x28\0\0\0" * 9,
    "tar with traversal and links": lambda _: tar(
        ("../../etc/evil", b"0", SCRIPT),
        ("/abs", b"0", SCRIPT),
        ("l", b"2", b"/etc/passwd"),
        ("h", b"1", b"../../x"),
        ("l/x", b"0", SCRIPT),
        ("fifo", b"6", b""),
        ("dev", b"3", b""),
    ),
    "tar of 200,000 empty files": lambda _: tar(*[("a", b"0", b"")] * 200_000),
    "zip with traversal": lambda _: zipped([("../../../x.js", SCRIPT), ("C:\\y\0z", SCRIPT)]),
    "zip of 150,000 files": lambda _: zipped([(str(index), b"") for index in range(150_000)]),
    "zip with a directory of 400 MB": lambda _: (
        b"PK\3\4"
        + bytes(400 * MB)
        + struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 1, 1, 400 * MB, 4, 0)
    ),
    "100 MB on one line": lambda _: SCRIPT.replace(b"\n", b" ") * (100 * MB // len(SCRIPT)),
    "100 MB of a bracket": lambda _: b"[" * (100 * MB),
    "100 MB of line ends": lambda _: b"\n" * (100 * MB),
    "JSON 500,000 deep": lambda _: b'{"a":' * 500_000,
    "source map nested deeply": lambda _: b'{"version":3,"mappings":"","x":' + b"[" * 900_000,
    "source map of 20 million lists": lambda _: (
        b'{"version":3,"mappings":"","x":[' + b"[]," * 20_000_000 + b"0]}"
    ),
    "page of 100 MB of open scripts": lambda _: b"<html>" + b"<script " * (12 * MB),
    "page of a million scripts": lambda _: b"<html>" + b"<script>x()</script>" * 1_000_000,
    "pkg with a million tables": lambda _: made.pkg_program(
        [("/snapshot/a" + "\n},\n{" * 1_000_000, "1", SCRIPT)]
    ).replace(b"\\n", b"\n"),
    "source map of maps": lambda _: json.dumps(
        {
            "version": 3,
            "mappings": "",
            "sources": ["m.map"] * 500,
            "sourcesContent": [
                json.dumps(
                    {
                        "version": 3,
                        "mappings": "",
                        "sources": ["x"] * 500,
                        "sourcesContent": ["x" * 500] * 500,
                    }
                )
            ]
            * 500,
        }
    ).encode(),
    "invalid UTF-8": lambda _: b"const a = '\xff\xfe\x80\xc0\xaf';\n" * 300_000,
    "an inline map of 60 MB": lambda _: (
        SCRIPT + b"//# sourceMappingURL=data:application/json;base64," + b"QUFB" * (15 * MB)
    ),
    "a thousand inline maps": lambda _: (
        b"//# sourceMappingURL=data:application/json;base64,eyJ2ZXJzaW9uIjozfQ==\n" * 100_000
    ),
    "every module the same 40 MB": lambda _: everything_everywhere(),
    "ELF with 65,535 sections": lambda _: made.elf([("x", b"")] * 30_000),
    "PE with a resource that holds itself": lambda _: made.pe(
        resources=[("A" * 60, b"1")] * 300
    ).replace(struct.pack("<I", 24 | 1 << 31), struct.pack("<I", 1 << 31)),
    "asar 500 deep": lambda _: deep_asar(500),
    "asar 100,000 deep": lambda _: deep_asar(100_000),
    "pkg with a brotli bomb": lambda _: made.pkg_program(
        [("/snapshot/a", "1", bytes(300 * MB))], _brotli, 2
    ),
    "PyInstaller with 40 zlib bombs": lambda _: (
        made.elf()
        + made.carchive([(f"{index}", b"x", bytes(40 * MB), True) for index in range(40)])
    ),
    "1 GB of holes": lambda target: _sparse(target, b"\x7fELF\2\1\1", 1 << 30),
    "text after 1 GB of holes": lambda target: _sparse(target, b"MZ", (1 << 30) - 9),
    "links, pipes and deep folders": lambda target: folder_of_links(target),
    "20,000 empty files": lambda target: many_files(target),
}


def _brotli(data: bytes) -> bytes:
    import brotli

    return bytes(brotli.compress(data, quality=1))


def _sparse(target: Path, head: bytes, size: int) -> None:
    with target.open("wb") as file:
        file.write(head + bytes(60))
        file.seek(size - 100_000)
        file.write(SCRIPT * 1000)


if __name__ == "__main__":
    main()
