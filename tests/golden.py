"""Golden files: expected output, kept beside the tests that compare with it.

`make golden` writes them anew (it sets UNDECLARED_REFRESH_GOLDEN=1); look at the diff before you
commit it.
"""

import os
from pathlib import Path


def check(file: Path, text: str) -> None:
    """Fail unless `text` is what the golden file holds."""
    if os.environ.get("UNDECLARED_REFRESH_GOLDEN") == "1":
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert file.exists(), f"{file.name} is missing: run `make golden` and look at the diff"
    expected = file.read_text(encoding="utf-8")
    assert text == expected, f"{file.name} differs: if that is meant, run `make golden`"
