import base64
import bz2
import gzip
import io
import json
import lzma
import os
import tarfile
import time
import urllib.parse
import zipfile

import executables_made as made
import pytest
import zstandard
from tarballs import tar_bytes

from undeclared.model import NotFound
from undeclared.model.code import FileKind, Omission, SourceFile
from undeclared.unpack import Limits, source_files

SCRIPT = b"const a = require('os');\nfunction f() { return a.hostname(); }\n"


def look(target, **limits):
    """Files and omissions, by path."""
    given = list(source_files(target, Limits(**limits)))
    files = {one.path: bytes(one.data) for one in given if isinstance(one, SourceFile)}
    omitted = {one.path: one.what for one in given if isinstance(one, Omission)}
    assert len(files) + len(omitted) == len(given)
    return files, omitted


def put(folder, name, data):
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return file


def zip_bytes(members, method=zipfile.ZIP_DEFLATED):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return packed.getvalue()


def test_a_folder_gives_every_file_in_order(tmp_path):
    for name in ("b/c.js", "b/a.py", "a.txt", "b/empty", "c/large.js"):
        put(tmp_path, name, b"" if name.endswith("empty") else name.encode() * 3)
    put(tmp_path, "c/large.js", SCRIPT * 40_000)
    files, omitted = look(tmp_path)
    assert list(files) == ["a.txt", "b/a.py", "b/c.js", "b/empty", "c/large.js"]
    assert files["b/a.py"] == b"b/a.py" * 3
    assert files["c/large.js"] == SCRIPT * 40_000
    assert not omitted


def test_one_file_is_a_target_too(tmp_path):
    assert look(put(tmp_path, "x.js", SCRIPT)) == ({"x.js": SCRIPT}, {})


def test_a_target_that_is_not_there_is_said_at_once(tmp_path):
    with pytest.raises(NotFound, match="cannot be read"):
        source_files(tmp_path / "absent")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(NotFound, match="neither a file nor a folder"):
        source_files(tmp_path / "pipe")


def test_links_are_never_followed_and_only_those_out_of_the_folder_matter(tmp_path):
    root = tmp_path / "root"
    put(root, "real.js", SCRIPT)
    put(tmp_path, "outside/secret.js", b"secret")
    (root / "inner").symlink_to("real.js")
    (root / "out.js").symlink_to("../outside/secret.js")
    (root / "folder").symlink_to("../outside")
    (root / "loop").symlink_to("loop")
    (root / "up").symlink_to("..")
    files, omitted = look(root)
    assert files == {"real.js": SCRIPT}
    assert {"out.js", "folder", "up"} <= omitted.keys()
    assert "inner" not in omitted


def test_what_cannot_be_read_is_said_and_the_rest_comes(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    put(tmp_path, "z.js", SCRIPT)
    files, omitted = look(tmp_path)
    assert files == {"z.js": SCRIPT}
    assert "neither a file nor a folder" in omitted["pipe"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_files_without_permission_are_said(tmp_path):
    put(tmp_path, "locked.js", SCRIPT).chmod(0)
    assert "locked.js" in look(tmp_path)[1]


PLAIN = [("package/a.js", SCRIPT), ("package/deep/b.json", b'{"a": 1}')]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("p.tar", tar_bytes(PLAIN)),
        ("p.tgz", gzip.compress(tar_bytes(PLAIN))),
        ("p.tar.bz2", bz2.compress(tar_bytes(PLAIN))),
        ("p.tar.xz", lzma.compress(tar_bytes(PLAIN)) + lzma.compress(b"")),
        ("p.tar.zst", zstandard.compress(tar_bytes(PLAIN))),
        ("p.whl", zip_bytes(PLAIN)),
        ("p.vsix", zip_bytes(PLAIN, zipfile.ZIP_STORED)),
        ("p.zip", zip_bytes(PLAIN, zipfile.ZIP_BZIP2)),
        ("p.asar", made.asar(PLAIN)),
        ("no ending", gzip.compress(tar_bytes(PLAIN))),
    ],
)
def test_archives_are_opened_by_their_content(tmp_path, name, data):
    files, omitted = look(put(tmp_path, name, data))
    assert files == {f"{name}!/{path}": content for path, content in PLAIN}
    assert not omitted


def test_debian_packages(tmp_path):
    def member(name, data):
        head = f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(data):<10}`\n"
        return head.encode() + data + b"\n" * (len(data) % 2)

    data = b"!<arch>\n" + member("debian-binary", b"2.0\n")
    data += member("data.tar.gz/", gzip.compress(tar_bytes(PLAIN)))
    files, omitted = look(put(tmp_path, "p.deb", data))
    assert files["p.deb!/data.tar.gz!/package/a.js"] == SCRIPT
    assert not omitted


def test_a_zip_behind_a_script_or_an_executable(tmp_path):
    for start in (b"#!/usr/bin/env python3\n", made.elf([(".text", b"run")])):
        for data in (start + zip_bytes(PLAIN), _counted_from_the_file(start)):
            files, omitted = look(put(tmp_path, "app", data))
            assert files["app!/package/a.js"] == SCRIPT
            assert files["app"] == start
            assert not omitted


def _counted_from_the_file(start):
    packed = io.BytesIO(start)
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("package/a.js", SCRIPT)
    return packed.getvalue()


def test_archives_in_archives_down_to_a_limit(tmp_path):
    data, names = zip_bytes([("x.js", SCRIPT)]), []
    for depth in range(5):
        data = tar_bytes([(f"{depth}.zip", data)]) if depth % 2 else zip_bytes([(f"{depth}", data)])
        names.insert(0, f"{depth}.zip" if depth % 2 else f"{depth}")
    file = put(tmp_path, "p", data)
    whole = "p!/" + "!/".join(names) + "!/x.js"
    assert look(file)[0] == {whole: SCRIPT}
    files, omitted = look(file, max_nesting=3)
    assert whole not in files
    assert "containers deep" in next(iter(omitted.values()))


def test_names_that_lead_out_are_only_labels(tmp_path):
    names = ["../../evil.js", "/etc/passwd", "C:\\x\\..\\y", "a\nb", "n" * 5000, "\udc80"]
    data = zip_bytes([(name.encode("utf-8", "replace").decode(), b"1") for name in names])
    before = sorted(tmp_path.rglob("*"))
    files, _ = look(put(tmp_path, "p.zip", data))
    assert len(files) == len(names)
    for path in files:
        assert ".." not in path.split("/")
        assert path.isprintable()
        assert len(path) < 5000
    assert sorted(tmp_path.rglob("*")) == sorted([*before, tmp_path / "p.zip"])


def test_two_members_of_one_name_are_both_given(tmp_path):
    data = tar_bytes([("a.js", b"1"), ("a.js", b"2")])
    assert look(put(tmp_path, "p.tar", data))[0] == {"p.tar!/a.js": b"1", "p.tar!/a.js (2)": b"2"}


def test_links_in_an_archive_hold_nothing(tmp_path):
    link = tarfile.TarInfo("l")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    assert look(put(tmp_path, "p.tar", tar_bytes([("l", link), ("a", b"1")])))[0] == {
        "p.tar!/a": b"1"
    }


def test_what_came_before_the_damage_is_given(tmp_path):
    data = tar_bytes([("a.js", SCRIPT), ("b.js", os.urandom(200_000))])
    files, omitted = look(put(tmp_path, "p.tgz", gzip.compress(data)[:-60_000]))
    assert files["p.tgz!/a.js"] == SCRIPT
    assert "to its end" in omitted["p.tgz"]


def test_a_cut_single_file_gives_its_beginning(tmp_path):
    whole = bytes(range(32, 127)) * 9000
    files, omitted = look(put(tmp_path, "x.txt.gz", gzip.compress(os.urandom(9) + whole)[:-700]))
    assert len(files["x.txt.gz!/x.txt"]) > 1000
    assert "only its beginning" in omitted["x.txt.gz!/x.txt"]


def test_a_damaged_or_encrypted_member_leaves_the_others(tmp_path):
    data = bytearray(zip_bytes([("bad.js", SCRIPT), ("good.js", SCRIPT)], zipfile.ZIP_STORED))
    data[data.find(b"const")] ^= 1
    locked = data.rfind(b"PK\1\2")
    files, omitted = look(put(tmp_path, "p.zip", bytes(data)))
    assert files == {"p.zip!/good.js": SCRIPT}
    assert "checksum" in omitted["p.zip!/bad.js"]
    data[locked + 8] |= 1
    assert "encrypted" in look(put(tmp_path, "p.zip", bytes(data)))[1]["p.zip!/good.js"]


def test_containers_that_nothing_opens_are_said_and_given(tmp_path):
    files, omitted = look(put(tmp_path, "p.7z", b"7z\xbc\xaf\x27\x1c" + bytes(50)))
    assert len(files["p.7z"]) == 56
    assert "not opened" in omitted["p.7z"]


@pytest.mark.parametrize("name", ["b.gz", "b.bz2", "b.xz", "b.zst", "b.zip", "b.tgz"])
def test_bombs_are_stopped_by_their_ratio(tmp_path, name):
    blank = bytes(120 << 20)
    data = {
        "b.gz": lambda: gzip.compress(blank, 1),
        "b.bz2": lambda: bz2.compress(blank),
        "b.xz": lambda: lzma.compress(blank, preset=0),
        "b.zst": lambda: zstandard.compress(blank),
        "b.zip": lambda: zip_bytes([("x", blank), ("y.js", SCRIPT)]),
        "b.tgz": lambda: gzip.compress(tar_bytes([("a.js", SCRIPT), ("x", blank)]), 1),
    }[name]()
    start = time.monotonic()
    files, omitted = look(put(tmp_path, name, data), max_ratio=50)
    assert time.monotonic() - start < 20
    assert any("grows" in what for what in omitted.values())
    assert sum(map(len, files.values())) < len(blank)
    if name == "b.zip":
        assert files["b.zip!/y.js"] == SCRIPT
    if name == "b.tgz":
        assert files["b.tgz!/a.js"] == SCRIPT


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        ({"max_files": 3}, "more than 3 files"),
        ({"max_bytes": 250}, "more than 250 bytes"),
        ({"seconds": 0.0}, "seconds"),
    ],
)
def test_limits_of_the_whole_end_it_with_one_omission(tmp_path, limits, says):
    for index in range(9):
        put(tmp_path, f"{index}.js", SCRIPT)
    files, omitted = look(tmp_path, **limits)
    assert len(files) <= 3
    assert len(omitted) == 1
    assert says in next(iter(omitted.values()))


def test_a_limit_of_one_file_leaves_the_others(tmp_path):
    data = zip_bytes([("large", bytes(5000)), ("small.js", SCRIPT)])
    put(tmp_path, "p.zip", data)
    put(tmp_path, "p.tar", tar_bytes([("large", bytes(5000)), ("small.js", SCRIPT)]))
    put(tmp_path, "huge.txt", b"x" * 4_000_000)
    files, omitted = look(tmp_path, max_file_bytes=1_000_000)
    assert "huge.txt" in omitted
    files, omitted = look(tmp_path / "p.zip", max_file_bytes=1000)
    assert (list(files), list(omitted)) == (["p.zip!/small.js"], ["p.zip!/large"])


def test_the_clock_stands_while_the_caller_works(tmp_path):
    for index in range(4):
        put(tmp_path, f"{index}.js", SCRIPT)
    given = []
    for one in source_files(tmp_path, Limits(seconds=0.5)):
        given.append(one)
        time.sleep(0.3)
    assert all(isinstance(one, SourceFile) for one in given)


def test_large_members_are_mapped_from_nameless_files(tmp_path):
    content = os.urandom(1 << 20) * 40
    file = put(tmp_path, "p.tgz", gzip.compress(tar_bytes([("x.bin", content)]), 1))
    (given,) = source_files(file)
    assert bytes(given.data) == content
    assert sorted(tmp_path.iterdir()) == [file]


def test_source_maps_give_their_sources(tmp_path):
    text = "export const zone: string = process.env.TZ as string;\n"
    value = {"version": 3, "mappings": "AAAA", "sources": ["webpack:///./src/../z.ts", None]}
    value["sourcesContent"] = [text, "let second"]
    put(tmp_path, "a.js.map", json.dumps(value).encode())
    index = {"version": 3, "sections": [{"offset": {}, "map": {**value, "sources": ["only.ts"]}}]}
    put(tmp_path, "index.js.map", json.dumps(index).encode())
    given = {one.path: one for one in source_files(tmp_path)}
    assert given["a.js.map"].kind is FileKind.SOURCE_MAP
    assert given["a.js.map!/webpack:/src/z.ts"].kind is FileKind.TYPESCRIPT
    assert bytes(given["a.js.map!/webpack:/src/z.ts"].data) == text.encode()
    assert bytes(given["a.js.map!/source 1"].data) == b"let second"
    assert bytes(given["index.js.map!/only.ts"].data) == text.encode()


@pytest.mark.parametrize("coded", [True, False])
def test_inline_source_maps_give_their_sources(tmp_path, coded):
    value = {"version": 3, "mappings": "", "sources": ["x.ts"], "sourcesContent": ["let a: any"]}
    text = json.dumps(value)
    url = (
        "application/json;charset=utf-8;base64," + base64.b64encode(text.encode()).decode()
        if coded
        else "application/json," + urllib.parse.quote(text)
    )
    put(tmp_path, "a.js", SCRIPT + b"//# sourceMappingURL=data:" + url.encode() + b"\n")
    files, omitted = look(tmp_path)
    assert files["a.js!/x.ts"] == b"let a: any"
    assert not omitted


def test_a_damaged_source_map_is_said(tmp_path):
    put(
        tmp_path,
        "a.js",
        SCRIPT + b"//# sourceMappingURL=data:application/json;base64," + b"e30a" * 9,
    )
    put(tmp_path, "b.map", b'{"version": 3, "mappings": "", "sourcesContent": 7}')
    files, omitted = look(tmp_path)
    assert {"a.js", "b.map"} <= files.keys()
    assert omitted.keys() == {"a.js", "b.map"}


def test_a_container_that_nothing_comes_out_of_is_given_itself(tmp_path):
    data = b"PK\3\4" + SCRIPT * 9
    files, omitted = look(put(tmp_path, "p.zip", data))
    assert files == {"p.zip": data}
    assert "p.zip" in omitted


def test_scripts_in_a_page_are_given_too(tmp_path):
    page = b'<!DOCTYPE html><head><script src=x.js></script><script type="application/json">{}'
    page += b"</script><SCRIPT type=module>" + SCRIPT + b"</SCRIPT ><p>text</p><script>" + SCRIPT
    put(tmp_path, "index.html", page)
    put(tmp_path, "x.vue", b'<script setup lang="ts">let a: any = process.env.TZ</script>')
    files, omitted = look(tmp_path)
    assert files == {
        "index.html": page,
        "index.html!/script 1.js": SCRIPT,
        "index.html!/script 2.js": SCRIPT,
        "x.vue": files["x.vue"],
        "x.vue!/script 1.ts": b"let a: any = process.env.TZ",
    }
    assert not omitted
