"""Can this machine hold a lab? Looks at each piece, then starts one."""

from collections.abc import Callable, Iterator

from undeclared.lab.doctor import isolation, machine, programs
from undeclared.lab.doctor.piece import Diagnosis, Piece, State, limited, missing, ok
from undeclared.lab.doctor.rehearsal import rehearse

__all__ = ["Diagnosis", "Piece", "State", "examine"]

_UNKNOWN = "nothing is known of it"

_CHECKS: dict[str, Callable[[], Piece | list[Piece]]] = {
    "kernel": machine.kernel,
    "processor": machine.processor,
    "container": lambda: ok("container", machine.surroundings() or "none"),
    "memory": machine.memory,
    "disk": machine.disk,
    "store": machine.store,
    "IPv6": machine.ipv6,
    "user namespaces": isolation.user_namespaces,
    "namespaces": isolation.namespaces,
    "own /proc": isolation.own_proc,
    "bubblewrap": isolation.bubblewrap,
    "packet rules": isolation.packet_rules,
    "overlays": isolation.overlays,
    "strace": programs.strace,
    "Node.js": programs.node,
    "npm": programs.npm,
    "python3": programs.python,
    "git": programs.git,
    "openssl": programs.openssl,
    "libfaketime": programs.faketime,
    "lab": rehearse,
}


_NEEDS = {
    "namespaces": "user namespaces",
    "own /proc": "namespaces",
    "bubblewrap": "own /proc",
    "packet rules": "namespaces",
    "overlays": "user namespaces",
}
"""Without the one, the other would only fail in the same way again."""


def examine() -> Iterator[Piece]:
    """Each piece as soon as it has been looked at; the last are a lab and a run in it.

    Nothing but the lab starts a program that is not the system's own, and that only sealed.
    """
    bad: set[str] = set()
    for name, check in _CHECKS.items():
        need = _NEEDS.get(name)
        pieces = _look(name, check) if need not in bad else [_unseen(name, need)]
        for piece in pieces:
            if piece.state is State.MISSING or (need and need in bad):
                bad.add(piece.id)
            yield piece


def _look(name: str, check: Callable[[], Piece | list[Piece]]) -> list[Piece]:
    try:
        found = check()
    except Exception as error:  # a machine that is odd in a new way must not end the rest
        said = f"could not be looked at: {type(error).__name__}: {error}"
        fix = "Report this as a bug, with this output."
        return [missing(name, said, fix) if name == "lab" else limited(name, said, _UNKNOWN, fix)]
    return found if isinstance(found, list) else [found]


def _unseen(name: str, need: str | None) -> Piece:
    return limited(name, f"not looked at: it needs {need}", _UNKNOWN, "See there.")
