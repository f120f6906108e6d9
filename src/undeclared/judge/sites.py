"""What the code reads and hides, under the names that reports use."""

from collections.abc import Iterable

from undeclared.catalogue import signals
from undeclared.model import CodeRead, HiddenConstants, HiddenInCode, ReadInCode, Sited

_PHRASES = {"env": "the variable", "file": "the file", "run": "the command", "system": "the call"}


def reads_in_code(reads: Iterable[CodeRead]) -> tuple[ReadInCode, ...]:
    """One for each signal that counts a read, by signal in the order of the catalogue."""
    order = {name: number for number, name in enumerate(signals())}
    told = [
        ReadInCode(
            signal=signal,
            how=f"{phrase(read.what)}, in the code",
            evidence=evidence(read),
            id=read.id,
            what=read.what,
            region=read.region,
            also_at=read.also_at,
            places=read.places,
        )
        for read in reads
        for signal in read.signals
    ]

    def place(own: ReadInCode) -> tuple[int, str, tuple[int, str]]:
        return order.get(own.signal, len(order)), own.signal, _rank(own.what)

    return tuple(sorted(told, key=place))


def hidden_in_code(hidden: Iterable[HiddenConstants]) -> tuple[HiddenInCode, ...]:
    """All hidden constants, the surest first."""
    return tuple(
        HiddenInCode(
            decoder=", ".join(own.decoder),
            steps=own.decoder,
            entries=own.entries,
            evidence=evidence(own),
            id=own.id,
            looks=own.looks,
            score=own.score,
            region=own.region,
            also_at=own.also_at,
            places=own.places,
        )
        for own in sorted(hidden, key=lambda own: -own.score)
    )


def phrase(what: str) -> str:
    """What is read, in words: `the variable TZ`, `os.hostname`."""
    kind, _, name = what.partition(":")
    return f"{_PHRASES[kind]} {name}" if kind in _PHRASES else what


def evidence(sited: Sited) -> str:
    """Where something is: the first place, and how many more there are."""
    region = sited.region
    more = f", and {sited.places - 1} more" if sited.places > 1 else ""
    return f"{region.path} bytes {region.start}-{region.end}{more}"


def _rank(what: str) -> tuple[int, str]:
    """The most telling first: a variable or function has one meaning, a file often several."""
    kind, colon, _ = what.partition(":")
    order = ("env", "", "run", "file", "system")
    return order.index(kind if colon and kind in order else ""), what
