import pytest

from undeclared.model.code import FileKind, SourceFile
from undeclared.static.python import analyse_program
from undeclared.static.python.marks import is_test, reads_something


def python(code: str, path: str = "agent/main.py") -> SourceFile:
    return SourceFile(path, FileKind.PYTHON, code.encode())


@pytest.mark.parametrize(
    "code",
    [
        "import os\nx = os.environ['TZ']",
        "from pathlib import Path\nPath('CLAUDE.md').exists()",
        "open('/etc/' + 'machine-id')",
        "import os, base64\ngetattr(os, base64.b64decode('ZW52aXJvbg==').decode())",
        "__import__('o' + 's')",
    ],
)
def test_a_file_that_names_or_hides_a_read_is_gone_through(code) -> None:
    assert reads_something(python(code))


@pytest.mark.parametrize(
    "code",
    ["", "def f(x):\n    return getattr(x, 'name')", "import json\njson.load(open('a.txt'))"],
)
def test_one_that_does_neither_is_not(code) -> None:
    assert not reads_something(python(code))


READS = "import os\n\ndef where():\n    return os.environ.get('TZ')\n"
INSTALLED = "lib/python3.11/site-packages/agent"


def test_a_test_of_what_is_installed_is_gone_through_only_if_it_is_imported() -> None:
    path = f"{INSTALLED}/tests/helper.py"
    assert is_test(python(READS, path))
    assert not is_test(python(READS, "agent/tests/helper.py"))
    alone = analyse_program([python(READS, path)], lambda _: (), None)
    assert alone.reads == ()
    main = python("import os\nfrom agent.tests.helper import where\nos.getcwd()\nwhere()\n",
                  f"{INSTALLED}/main.py")  # fmt: skip
    both = analyse_program([main, python(READS, path)], lambda _: (), None)
    assert "env:TZ" in {own.what for own in both.reads}


def test_many_files_that_are_too_much_are_told_of_once(monkeypatch) -> None:
    monkeypatch.setattr("undeclared.static.python.program.MAX_BYTES", 10)
    files = [python(READS, f"agent/m{number}.py") for number in range(4)]
    (omission,) = analyse_program(files, lambda _: (), None).omissions
    assert omission.path == "agent/m0.py"
    assert "3 more" in omission.what
