"""The Pythons of this machine; none is ever fetched."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from pydantic import BaseModel, ValidationError

from undeclared.model import Runtime

_KEPT = ("~/.pyenv/versions/*/bin", "~/.local/share/uv/python/*/bin", "/opt/python*/bin")
"""Where tools that manage several Pythons keep them, beside those on PATH."""
_NAME = re.compile(r"python3(\.\d+)?")
_OLDEST = (3, 8)
_ASK = """
import json, sys, sysconfig
print(json.dumps({
    "version": "%d.%d.%d" % sys.version_info[:3],
    "final": sys.version_info.releaselevel == "final" and sys.implementation.name == "cpython",
    "program": sys.executable, "prefix": sys.base_prefix,
    "shared": bool(sysconfig.get_config_var("Py_ENABLE_SHARED")),
}))
"""


class _Told(BaseModel):
    version: str
    final: bool
    program: str
    prefix: str
    shared: bool


@cache
def interpreters() -> tuple[Runtime, ...]:
    """One interpreter for each minor version: the system's own first, then the newest.

    The system's own is what a world has in any case. Only releases of CPython are listed.
    """
    found: dict[str, Runtime] = {}
    for runtime in filter(None, map(_asked, _programs())):
        found.setdefault(runtime.minor, runtime)
    by_age = sorted(found.values(), key=_number, reverse=True)
    return tuple(sorted(by_age, key=lambda runtime: runtime.program.parent != Path("/usr/bin")))


def fitting(requires: str, runtimes: Sequence[Runtime]) -> tuple[Runtime, ...]:
    """Those on which a release may be installed (core metadata, Requires-Python).

    What cannot be read as a specifier forbids nothing, as with pip.
    """
    try:
        wanted = SpecifierSet(requires)
    except InvalidSpecifier:
        return tuple(runtimes)
    return tuple(runtime for runtime in runtimes if wanted.contains(runtime.version))


def _programs() -> Iterator[Path]:
    folders = [Path("/usr/bin"), Path(sys.base_prefix, "bin")]
    folders += [Path(place) for place in os.get_exec_path()]
    for pattern in _KEPT:
        whole = Path(pattern).expanduser()
        folders += sorted(Path(whole.anchor).glob(str(whole.relative_to(whole.anchor))))
    seen: set[Path] = set()
    for folder in folders:
        for program in sorted(folder.glob("python3*")):
            real = program.resolve()
            if _NAME.fullmatch(program.name) and real not in seen and _is_native(real):
                seen.add(real)
                yield program


def _is_native(program: Path) -> bool:
    """A script of that name only looks for an interpreter, and takes its time."""
    try:
        with program.open("rb") as file:
            return file.read(4) == b"\x7fELF" and os.access(program, os.X_OK)
    except OSError:
        return False


def _asked(program: Path) -> Runtime | None:
    """What an interpreter says of itself; None for one that does not, or that nobody can use."""
    try:
        done = subprocess.run(
            [program, "-I", "-S", "-c", _ASK], capture_output=True, timeout=20, check=True
        )
        told = _Told.model_validate_json(done.stdout)
    except (OSError, subprocess.SubprocessError, ValidationError):
        return None
    real, prefix = Path(told.program).resolve(), Path(told.prefix).resolve()
    runtime = Runtime(
        version=told.version,
        program=real,
        prefix=prefix,
        # One with a shared library finds it by the path that it was built for.
        inside=str(prefix) if told.shared or prefix.is_relative_to("/usr") else _place(told),
    )
    usable = told.final and real.is_relative_to(prefix) and _number(runtime) >= _OLDEST
    return runtime if usable else None


def _place(told: _Told) -> str:
    return f"/opt/python{told.version.rpartition('.')[0]}"


def _number(runtime: Runtime) -> tuple[int, ...]:
    return tuple(int(part) for part in runtime.version.split("."))


def pip_program() -> Path | None:
    """The pip to use, as a file that any interpreter can run; None if this machine has none.

    Our own environment's if it has one, else that of the `pip` on PATH.
    """
    places = [Path(place) for place in sys.path]
    for name in ("pip", "pip3"):
        if script := shutil.which(name):
            places += _packages_of(Path(script))
    runners = (place / "pip" / "__pip-runner__.py" for place in places)
    return next((runner for runner in runners if runner.is_file()), None)


def _packages_of(script: Path) -> list[Path]:
    """Where the environment of a console script has its packages."""
    try:
        first = script.read_bytes().split(b"\n", 1)[0]
        python = os.fsdecode(first.removeprefix(b"#!").strip().split(b" ")[0])
        ask = "import sys; print(*sys.path, sep='\\n')"
        done = subprocess.run([python, "-c", ask], capture_output=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError, IndexError):
        return []
    return [Path(place) for place in os.fsdecode(done.stdout).splitlines() if place]
