"""Wheels put together as a virtual environment, without running anything of them.

Format: PyPA specifications, "Binary distribution format" and "Entry points"; PEP 405 for the
environment. What pip would lay down is laid down, but for links and for compiled files that a wheel
brings: pip compiles anew, and so do we (`compiled.py`).
"""

import configparser
import os
import re
import shutil
import stat
import time
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from mmap import ACCESS_READ, mmap
from pathlib import Path

from undeclared.model import ROOT_INSIDE, Part, Runtime
from undeclared.unpack.archive import on_disk
from undeclared.unpack.containers.zip import check_directory
from undeclared.unpack.limits import Limits, exceeded, malformed
from undeclared.unpack.piece import Unreadable

_COMPILED = "__pycache__"
OURS = frozenset({_COMPILED, "bin/python", "bin/python3", "pyvenv.cfg"})
"""What no wheel brought: names of folders, and paths in an environment."""

LAYOUT = "environment 1"
"""Changes when the same wheels become another environment than before."""

_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_DATA = re.compile(r"[^/]+\.data")
_INFO = re.compile(r"[^/]+\.dist-info")
_ENTRY = re.compile(r"(?P<module>[\w.]+)\s*:\s*(?P<thing>[\w.]+)(\s*\[.*\])?", re.ASCII)
_COMMAND = re.compile(r"[\w.-]+", re.ASCII)
_PYTHON_INSIDE = f"{ROOT_INSIDE}/bin/python"
_SCRIPT = """\
#!{python}
import re
import sys
from {module} import {first}
if __name__ == '__main__':
    sys.argv[0] = re.sub(r'(-script\\.pyw|\\.exe)?$', '', sys.argv[0])
    sys.exit({thing}())
"""


def environment(
    parts: Sequence[tuple[Part, Path]], root: Path, runtime: Runtime, limits: Limits
) -> None:
    """Lay wheels out in an empty folder as a virtual environment of `runtime`.

    The environment is one for the place `ROOT_INSIDE`, not for where it is made. The package
    itself, which is first, wins where two bring the same file.

    Raises NotFound for a wheel that is unreadable or made to mislead, Incomplete for one that
    needs more than `limits`, which hold for all together.
    """
    spent = _Spent(limits)
    for part, archive in reversed(parts):
        name = f"{part.name}@{part.version}"
        with on_disk(name):
            try:
                _Wheel(part, archive, root, spent, name).install(asked_for=part is parts[0][0])
            except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, Unreadable) as error:
                raise malformed(name, str(error) or "it ends too early") from error
            except (FileExistsError, IsADirectoryError, NotADirectoryError) as error:
                raise malformed(name, "a file lies where a folder should be") from error
    _interpreter(root, runtime)


def _interpreter(root: Path, runtime: Runtime) -> None:
    program = Path(runtime.program_inside)
    _write(root / "pyvenv.cfg", f"home = {program.parent}\ninclude-system-site-packages = false\n"
           f"version = {runtime.version}\n")  # fmt: skip
    folder = root / "bin"
    folder.mkdir(exist_ok=True)
    for name in ("python", "python3"):
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(program if name == "python" else "python")


class _Spent:
    """What all wheels together have used of the limits."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.files = 0
        self.bytes = 0
        self.until = time.monotonic() + limits.seconds


class _Wheel:
    def __init__(self, part: Part, archive: Path, root: Path, spent: _Spent, name: str) -> None:
        self._packages = root / part.place
        self._headers = root / "include" / "site" / part.place.parts[1] / part.name
        self._archive = archive
        self._root = root
        self._spent = spent
        self._name = name

    def install(self, *, asked_for: bool) -> None:
        info: str | None = None
        with (
            self._archive.open("rb") as file,
            mmap(file.fileno(), 0, access=ACCESS_READ) as data,
            memoryview(data) as view,
        ):
            check_directory(view, self._spent.limits)
        with zipfile.ZipFile(self._archive) as wheel:
            for member in wheel.infolist():
                self._spent.files += 1
                if self._spent.files > self._spent.limits.max_files:
                    raise exceeded(self._name, f"more than {self._spent.limits.max_files} files")
                parts = self._checked(member.filename)
                if member.is_dir() or stat.S_ISLNK(member.external_attr >> 16):
                    continue
                if _COMPILED in parts:
                    continue
                if _INFO.fullmatch(parts[0]):
                    info = info or parts[0]
                self._file(wheel, member, parts)
        if info is None:
            raise malformed(self._name, "it has no .dist-info")
        _write(self._packages / info / "INSTALLER", "pip\n")
        if asked_for:
            _write(self._packages / info / "REQUESTED", "")
        for command, module, thing in _commands(self._packages / info / "entry_points.txt"):
            first = thing.partition(".")[0]
            text = _SCRIPT.format(python=_PYTHON_INSIDE, module=module, first=first, thing=thing)
            _write(self._root / "bin" / command, text, mode=0o755)

    def _checked(self, path: str) -> list[str]:
        parts = path.removesuffix("/").split("/")
        if path.startswith("/") or {"..", ".", ""} & set(parts) or "\\" in path or "\0" in path:
            raise malformed(self._name, f"the path {path[:80]!r} leads out of it")
        limits = self._spent.limits
        if len(parts) > limits.max_depth or len(os.fsencode(path)) > limits.max_path:
            raise exceeded(self._name, "a path is too long or too deep")
        if any(len(os.fsencode(part)) > limits.max_name for part in parts):
            raise exceeded(self._name, f"a name has more than {limits.max_name} bytes")
        return parts

    def _place(self, parts: list[str]) -> Path:
        if not _DATA.fullmatch(parts[0]) or len(parts) < 3:
            return self._packages.joinpath(*parts)
        base = {
            "purelib": self._packages,
            "platlib": self._packages,
            "scripts": self._root / "bin",
            "headers": self._headers,
            "data": self._root,
        }.get(parts[1])
        if base is None:
            raise malformed(self._name, f"nothing is known of {parts[1][:40]!r} in its data")
        return base.joinpath(*parts[2:])

    def _file(self, wheel: zipfile.ZipFile, member: zipfile.ZipInfo, parts: list[str]) -> None:
        limits = self._spent.limits
        if member.flag_bits & 1 or member.compress_type not in _METHODS:
            raise malformed(self._name, "it is encrypted, or compressed as no wheel is")
        if member.file_size > limits.max_file_bytes:
            raise exceeded(self._name, f"a file has more than {limits.max_file_bytes} bytes")
        if member.file_size > 16 << 20 and member.file_size > limits.max_ratio * max(
            1, member.compress_size
        ):
            raise exceeded(self._name, f"it grows by more than {limits.max_ratio} times")
        self._spent.bytes += member.file_size
        if self._spent.bytes > limits.max_bytes:
            raise exceeded(self._name, f"it holds more than {limits.max_bytes} bytes")
        place = self._place(parts)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        script = place.parent == self._root / "bin"
        executable = script or (member.external_attr >> 16) & 0o111
        # O_EXCL: nothing that a disk takes for another name is ever written to.
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as target, wheel.open(member) as source:
            if script:
                # "#!python" is a placeholder for the interpreter of the environment.
                start = source.readline(1 << 10)
                target.write(re.sub(rb"^#!pythonw?(?=\s)", f"#!{_PYTHON_INSIDE}".encode(), start))
            shutil.copyfileobj(source, target, 1 << 20)
            os.fchmod(handle, 0o755 if executable else 0o644)
        if time.monotonic() > self._spent.until:
            raise exceeded(self._name, f"it takes more than {limits.seconds:g} seconds")


def _commands(file: Path) -> Iterator[tuple[str, str, str]]:
    """Command, module and what in it to call; what cannot be such is passed over."""
    parser = configparser.ConfigParser(delimiters=("=",), interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # commands differ by case
    try:
        parser.read_string(file.read_text(encoding="utf-8"))
        declared = parser.items("console_scripts")
    except (OSError, UnicodeDecodeError, configparser.Error):
        return
    for command, entry in declared:
        told = _ENTRY.fullmatch(entry.strip())
        if told and _COMMAND.fullmatch(command) and command not in (".", ".."):
            yield command, told["module"], told["thing"]


def _write(file: Path, text: str, mode: int = 0o644) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)
