"""What names from outside do, looked up once each."""

from collections.abc import Callable
from functools import cache

from undeclared.catalogue.loader import signals
from undeclared.catalogue.python import PythonSyntax, SinkRule, one_of
from undeclared.static.python.record import SignalsOf
from undeclared.static.python.values import Atom, Taint


class Knowledge:
    """The catalogue's names, with the answers kept."""

    def __init__(self, syntax: PythonSyntax, signals_of: SignalsOf) -> None:
        self.syntax = syntax
        self.places = {key: place for place, keys in syntax.places.items() for key in keys}
        """Keys that say where in a request something is put, and where."""
        self.same = cache(_any(syntax.same))
        """Whether a function gives back what it is given."""
        self.blind = cache(_any(syntax.blind))
        """Whether what a function gives tells nothing of what it is given."""
        self.passes = cache(_any(syntax.passes))
        """Whether all that a function is given shows in what it gives."""
        self.builds = cache(_any(syntax.builders))
        """Whether a class makes something that holds what it is given."""
        self.runs = cache(_any(syntax.runs))
        """Whether a function runs a command."""
        self.sink = cache(self._sink)
        """The rule by which a function sends; None if it does not."""
        self.command = cache(self._command)
        """The command line that stands for a function; None if none does."""
        self.renamed = cache(self._renamed)
        """What a function reads, as the signals' rules name it."""
        self.known = cache(self._known)
        """Whether a function reads a signal."""
        self._signals_of = signals_of
        self._roots = frozenset(
            pattern.partition(".")[0]
            for signal in signals().values()
            if signal.reads is not None
            for pattern in signal.reads.what
            if ":" not in pattern
        )
        self._reads = [(one_of((name,)), what) for name, what in syntax.reads.items()]
        self._commands = [(one_of((name,)), line) for name, line in syntax.commands.items()]

    def means(self, dotted: str) -> bool:
        """Whether a name is one that reads or sends something."""
        syntax = self.syntax
        if dotted in (*syntax.environments, *syntax.getters, *syntax.files):
            return True
        return self.known(self.renamed(dotted)) or self.runs(dotted) or bool(self.sink(dotted))

    def path(self, atom: Atom) -> bool:
        """Whether it is the path of a folder, which leads to other things more often than not."""
        return isinstance(atom, Taint) and atom.what in self.syntax.folders

    def _sink(self, dotted: str) -> SinkRule | None:
        return self.syntax.sink(dotted)

    def _command(self, dotted: str) -> str | None:
        return next((line for name, line in self._commands if name.match(dotted)), None)

    def _renamed(self, dotted: str) -> str:
        return next((what for name, what in self._reads if name.match(dotted)), dotted)

    def _known(self, what: str) -> bool:
        if ":" not in what and what.partition(".")[0] not in self._roots:
            return False
        return bool(self._signals_of(what))


def _any(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    matcher = one_of(patterns)
    return lambda name: matcher.match(name) is not None
