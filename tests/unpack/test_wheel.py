"""Wheels become an environment that runs, and hostile ones get nowhere."""

import hashlib
import io
import os
import stat
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path, PurePosixPath

import pytest
from wheels import wheel

from undeclared.model import ROOT_INSIDE, Incomplete, NotFound, Omission, Part, Runtime
from undeclared.unpack import OURS, Limits, source_files, tree

PREFIX = Path(sys.base_prefix)
HERE = Runtime(
    version=sysconfig.get_python_version() + ".0",
    program=Path(sys.executable).resolve(),
    prefix=PREFIX,
    inside=str(PREFIX),
)
PACKAGES = f"lib/python{HERE.minor}/site-packages"


@pytest.fixture
def build(tmp_path):
    """Lay wheels out: `(name, bytes)`, the package itself first."""

    def lay_out(*wheels, limits=None):
        parts = []
        for name, content in wheels:
            file = tmp_path / f"{name}.whl"
            file.write_bytes(content)
            sha256 = hashlib.sha256(content).hexdigest()
            place = PurePosixPath(PACKAGES)
            part = Part(name=name, version="1.0.0", sha256=sha256, size=len(content), place=place)
            parts.append((part, file))
        return tree(parts, tmp_path / "trees", lambda _: None, limits or Limits(), HERE)

    return lay_out


def member(path, mode=0o644, kind=stat.S_IFREG):
    info = zipfile.ZipInfo(path)
    info.external_attr = (kind | mode) << 16
    return info


AGENT = wheel(
    "my-agent",
    files={
        "my_agent/__init__.py": "import helper\n\ndef main():\n    print(helper.NAME)\n",
        "my_agent/same.py": "OWNER = 'my-agent'\n",
        "my_agent-1.0.0.data/data/share/doc.txt": "text",
        "my_agent-1.0.0.data/scripts/old-tool": "#!python\nimport helper\nprint('tool')\n",
        "my_agent-1.0.0.data/purelib/late.py": "",
        "my_agent/broken.py": "def (",
        "my_agent/tests/test_it.py": "",
    },
    commands={"agent": "my_agent:main", "worse/../x": "my_agent:main", "y": "os.system('x')"},
)
HELPER = wheel(
    "helper", files={"helper.py": "NAME = __file__\n", "my_agent/same.py": "OWNER = 'helper'\n"}
)


def test_wheels_become_an_environment_that_runs(build, tmp_path):
    root = build(("my-agent", AGENT), ("helper", HELPER))
    packages = root / PACKAGES
    assert (packages / "my_agent" / "same.py").read_text() == "OWNER = 'my-agent'\n"
    assert (root / "share" / "doc.txt").read_text() == "text"
    assert (packages / "late.py").exists()
    assert sorted(file.name for file in (root / "bin").iterdir()) == [
        "agent", "old-tool", "python", "python3",
    ]  # fmt: skip
    script = (root / "bin" / "agent").read_text()
    assert script.startswith(f"#!{ROOT_INSIDE}/bin/python\n")
    assert (root / "bin" / "old-tool").read_text().startswith(f"#!{ROOT_INSIDE}/bin/python\n")
    assert os.access(root / "bin" / "agent", os.X_OK)
    # The interpreter of the environment is the one that it was made for, and finds its packages.
    done = subprocess.run(
        [root / "bin" / "python", root / "bin" / "agent"], capture_output=True, check=True
    )
    assert done.stdout.decode().strip() == str(packages / "helper.py")
    assert build(("my-agent", AGENT), ("helper", HELPER)) == root


def test_it_is_compiled_for_the_place_where_it_will_be(build):
    root = build(("my-agent", AGENT), ("helper", HELPER))
    tag = f"cpython-{HERE.minor.replace('.', '')}"
    compiled = root / PACKAGES / "my_agent" / "__pycache__" / f"__init__.{tag}.pyc"
    content = compiled.read_bytes()
    assert f"{ROOT_INSIDE}/{PACKAGES}/my_agent/__init__.py".encode() in content
    # Unchecked hashes (PEP 552): no time of a file can make it stale.
    assert content[4:8] == (1).to_bytes(4, "little")
    assert not (root / PACKAGES / "my_agent" / "tests" / "__pycache__").exists()


def test_compiled_files_of_a_wheel_are_not_taken_over(build):
    """With an unchecked hash, they would be run in place of the source that was scanned."""
    name = f"helper.cpython-{HERE.minor.replace('.', '')}.pyc"
    evil = wheel(
        "helper",
        files={"helper.py": ""},
        extra=[(member(f"__pycache__/{name}"), b"x"), (member("__pycache__/other.pyc"), b"x")],
    )
    root = build(("helper", evil))
    assert [file.name for file in root.rglob("*.pyc")] == [name]
    assert (root / PACKAGES / "__pycache__" / name).read_bytes() != b"x"


def test_what_we_put_there_ourselves_is_not_scanned(build):
    root = build(("helper", wheel("helper", files={"helper.py": "A = 1\n"})))
    given = list(source_files(root, without=OURS))
    assert not [one for one in given if isinstance(one, Omission)]
    info = f"{PACKAGES}/helper-1.0.0.dist-info"
    assert {one.path for one in given} == {
        f"{PACKAGES}/helper.py", f"{info}/METADATA", f"{info}/WHEEL", f"{info}/RECORD",
        f"{info}/INSTALLER", f"{info}/REQUESTED",
    }  # fmt: skip


@pytest.mark.parametrize(
    "path", ["../evil.py", "/evil.py", "a/../../evil.py", "a\\..\\evil.py", "a//b.py", "./a.py"]
)
def test_a_path_that_leads_out_is_refused(build, tmp_path, path):
    info = zipfile.ZipInfo("x")
    info.filename = path
    with pytest.raises(NotFound, match="leads out of it"):
        build(("evil", wheel("evil", extra=[(info, b"x")])))
    assert not list(tmp_path.rglob("evil.py"))


def test_a_link_is_passed_over(build):
    link = member("evil/link", kind=stat.S_IFLNK)
    beyond = member("evil/link/passwd")
    root = build(("evil", wheel("evil", extra=[(link, b"/etc"), (beyond, b"x")])))
    assert (root / PACKAGES / "evil" / "link" / "passwd").read_bytes() == b"x"
    assert not (root / PACKAGES / "evil" / "link").is_symlink()


def test_a_wheel_cannot_put_another_interpreter_into_its_environment(build):
    files = {
        "evil-1.0.0.data/scripts/python": "#!/bin/sh\n",
        "evil-1.0.0.data/data/pyvenv.cfg": "home = /tmp\n",
    }
    root = build(("evil", wheel("evil", files=files, commands={"python3": "evil:main"})))
    assert (root / "bin" / "python").readlink() == HERE.program
    assert (root / "bin" / "python3").readlink() == Path("python")
    assert f"home = {HERE.program.parent}\n" in (root / "pyvenv.cfg").read_text()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"no zip at all", "no directory"),
        (wheel("evil")[:-30], "no directory"),
        (wheel("evil").replace(b"PK\1\2", b"PK\1\3", 1), "not a sound"),
        (wheel("evil", extra=[(member("evil"), b"x")]), "a file lies where a folder should be"),
        (wheel("evil", files={"evil-1.0.0.data/odd/x": ""}), "nothing is known of 'odd'"),
    ],
)
def test_a_broken_wheel_is_refused_whole(build, tmp_path, content, why):
    with pytest.raises(NotFound, match=why):
        build(("evil", content))
    assert not list((tmp_path / "trees").iterdir())


def test_a_zip_without_its_description_is_no_wheel(build):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("evil.py", "")
    with pytest.raises(NotFound, match=r"no \.dist-info"):
        build(("evil", packed.getvalue()))


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        (Limits(max_files=3), "more than 3 files"),
        (Limits(max_bytes=50), "more than 50 bytes"),
        (Limits(max_file_bytes=20), "a file has more than 20 bytes"),
        (Limits(max_depth=1), "too long or too deep"),
    ],
)
def test_limits_hold_for_all_wheels_together(build, limits, why):
    with pytest.raises(Incomplete, match=why):
        build(("my-agent", AGENT), ("helper", HELPER), limits=limits)


def test_a_bomb_is_refused(build):
    bomb = wheel("evil", files={"evil.bin": "\0" * (17 << 20)})
    with pytest.raises(Incomplete, match="grows by more than"):
        build(("evil", bomb))
