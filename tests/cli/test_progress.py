"""Progress goes to stderr: bars on a terminal, lines elsewhere."""

from io import StringIO

import pytest

from undeclared.cli.progress import BARS, progress


class Terminal(StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


def test_lines_tell_the_end_of_a_stage_once():
    stream = StringIO()
    with progress(stream) as watch:
        watch.say("unpacking")
        for done in (0, 1, 2, 2):
            watch.advance("discovery", done, 2)
    assert stream.getvalue() == "unpacking\ndiscovery: 2 of 2 done\n"


def test_a_terminal_shows_how_far_it_is(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    stream = Terminal()
    with progress(stream) as watch:
        watch.say("unpacking")
        watch.advance("discovery", 1, 2)
        watch.advance("discovery", 2, 2)
    assert "unpacking" in stream.getvalue()
    assert "2/2" in stream.getvalue()


@pytest.mark.parametrize("stream", [StringIO, Terminal])
def test_what_an_agent_wrote_is_escaped(stream, monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    shown = stream()
    with progress(shown) as watch:
        watch.say("it said \u202e[bold]x")
    assert "it said ⟨U+202E⟩[bold]x" in shown.getvalue()


def test_bars_of_many_stages_do_not_fill_the_screen(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    with progress(Terminal()) as watch:
        watch.advance("going on", 1, 2)
        for number in range(50):
            watch.advance(f"stage {number}", 0, 1)
            watch.advance(f"stage {number}", 1, 1)
        names = [task.description for task in watch.rich.tasks]
    assert len(names) <= BARS
    assert {"going on", "stage 49"} <= set(names)
