from io import StringIO

from rich.console import Console

from undeclared.model import Read
from undeclared.report import reads


def shown(*found, width=100):
    out = StringIO()
    Console(file=out, width=width, _environ={}).print(reads.block(found))
    return out.getvalue()


def read(signal, how, evidence="f (cli.js:1:2) < g (cli.js:3:4)"):
    return Read(signal=signal, how=how, evidence=evidence)


def test_each_signal_is_named_once_with_its_first_way_and_place() -> None:
    found = [
        *(read("timezone", f"the variable TZ{number}") for number in range(4)),
        *(read("locale", f"the variable LC_{name}") for name in ("ALL", "TIME")),
        read("home", "os.homedir"),
    ]
    lines = [line.rstrip() for line in shown(*found).splitlines()]
    assert lines == [
        "Reads: no finding by themselves",
        "  timezone  the variable TZ0 · f (cli.js:1:2), and 3 other ways",
        "  locale    the variable LC_ALL · f (cli.js:1:2), and one other way",
        "  home      os.homedir · f (cli.js:1:2)",
    ]


def test_nothing_of_the_agents_reaches_the_terminal_unescaped() -> None:
    text = shown(read("timezone", "the file /\x1b[31m", "\x1b]0;x\x07" + "y" * 200))
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "…" in text
