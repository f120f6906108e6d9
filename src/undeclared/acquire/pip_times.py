"""Runs pip in this interpreter, and says what the index tells of each file of a package.

`python -I pip_times.py GUARD RUNNER index versions NAME …` prints what pip does, guarded, and a
line of JSON for each file: `{"file": …, "time": …, "yanked": …}` (PEP 691 and 700, the simple API
in JSON). pip itself keeps no times. Where the index answers in HTML, or this pip reads no JSON,
there are none. It runs in Pythons from 3.8 on, without our packages.
"""

import importlib
import json
import runpy
import sys
from importlib.machinery import PathFinder

TOLD = "undeclared-file "
"""How a line begins that says something of a file."""


class _Pip:
    """Finds pip where the runner is, and nothing else there."""

    def __init__(self, runner):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN204
        self.folder = runner.rpartition("/pip/")[0]

    def find_spec(self, name, path=None, target=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        return PathFinder.find_spec(name, [self.folder], target) if name == "pip" else None


def _listen():  # type: ignore[no-untyped-def]  # noqa: ANN202
    try:
        link = importlib.import_module("pip._internal.models.link").Link
        ordinary = link.from_json.__func__
    except (ImportError, AttributeError):  # a pip that reads no JSON
        return

    def from_json(cls, file, *more, **named):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN002, ANN003, ANN202
        told = {
            "file": str(file.get("filename", "")),
            "time": str(file.get("upload-time") or ""),
            "yanked": bool(file.get("yanked")),
        }
        sys.stdout.write(TOLD + json.dumps(told) + "\n")
        return ordinary(cls, file, *more, **named)

    link.from_json = classmethod(from_json)


if __name__ == "__main__":
    guard, runner = sys.argv[1:3]
    sys.meta_path.insert(0, _Pip(runner))  # type: ignore[no-untyped-call]
    _listen()  # type: ignore[no-untyped-call]
    sys.argv = [guard, *sys.argv[2:]]
    runpy.run_path(guard, run_name="__main__")
