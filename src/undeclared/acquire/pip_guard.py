"""Runs pip in this interpreter so that it can start no program: `python -I pip_guard.py RUNNER …`.

To learn what a source package needs, pip runs code of that package. `--only-binary` keeps it from
source packages of an index, but not from those that another package names by an address (PEP 508,
direct references). So whatever would start a program is refused (PEP 578, audit hooks).
It runs in Pythons from 3.8 on, without our packages.
"""

import os
import runpy
import sys

REFUSED = "refused to start a program"
_STARTS = ("os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system")
_ALLOWED = ("keyring",)  # the user's own store of passwords, which pip may ask


def _listen(event, given):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    if event == "subprocess.Popen":
        words = given[1]
        program = words if isinstance(words, (str, bytes)) else words[0]
        if os.path.basename(os.fsdecode(program)) not in _ALLOWED:  # noqa: PTH119
            raise PermissionError(REFUSED)
    elif event in _STARTS:
        raise PermissionError(REFUSED)


if __name__ == "__main__":
    runner = sys.argv.pop(1)
    sys.addaudithook(_listen)
    runpy.run_path(runner, run_name="__main__")
