"""What an error of the database means for a person."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from undeclared.model import Incomplete, NotFound, UndeclaredError

_UNWRITABLE = {
    errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR,
    errno.EEXIST, errno.ENOENT, errno.EIO, errno.EISDIR, errno.EFBIG,
    errno.ENOLCK, errno.EOPNOTSUPP,
}  # fmt: skip
_KEPT = "what was kept before is still there"


@contextmanager
def told(place: str, secret: object = None) -> Iterator[None]:
    """Raise UndeclaredError for whatever the database at a place cannot do.

    Nothing that is said holds the secret. Bugs of ours go through.
    """
    try:
        yield
    except DBAPIError as error:
        said = str(error.orig).strip().partition("\n")[0]
        if secret:
            said = said.replace(str(secret), "…")
        # The original names the connection, and a traceback would show it.
        raise _explained(error, place, said) from (None if secret else error)


@contextmanager
def written(place: str) -> Iterator[None]:
    """Raise Incomplete where a file cannot be written for want of room, or of the right to."""
    try:
        yield
    except OSError as error:
        if error.errno not in _UNWRITABLE:
            raise
        raise _unwritable(place, error.strerror or "") from error


def newer(place: str) -> UndeclaredError:
    """For a store with tables that this version does not know."""
    return NotFound(
        f"the store {place} was written by a newer version of undeclared",
        means="nothing in it was read or changed",
        next_step="Update undeclared, or name another folder in UNDECLARED_STATE.",
    )


def _explained(error: DBAPIError, place: str, said: str) -> Exception:
    name = getattr(error.orig, "sqlite_errorname", None)
    if name is not None:
        return _of_sqlite(error, place, said, name)
    state: str | None = getattr(error.orig, "sqlstate", None)
    if state is None:
        # Nothing but a connection that is not there comes without a state.
        return (
            _unreachable(place, said) if error.__class__.__name__ == "OperationalError" else error
        )
    match state[:2]:
        case "08" | "28" | "3D" | "57":
            return _unreachable(place, said)
        case "53":
            return _unwritable(place, said)
        case "XX":
            return _damaged(place, said)
    if state in {"55P03", "40P01", "40001"}:
        return _locked(place)
    if state in {"42501", "25006"}:
        return _unwritable(place, said)
    return error


def _of_sqlite(error: DBAPIError, place: str, said: str, name: str) -> Exception:
    kind = "_".join(name.split("_")[:2])
    if kind in {"SQLITE_BUSY", "SQLITE_LOCKED"}:
        return _locked(place)
    if kind in {"SQLITE_CORRUPT", "SQLITE_NOTADB"}:
        return _damaged(place, said)
    if kind in {"SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM"}:
        return _unwritable(place, said)
    return error


def _unwritable(place: str, said: str) -> Incomplete:
    return Incomplete(
        f"the store {place} cannot be written ({said})",
        means=f"what was to be kept now is not; {_KEPT}",
        next_step="Make room there, or name another folder in UNDECLARED_STATE, and start the"
        " same command again.",
    )


def _locked(place: str) -> Incomplete:
    return Incomplete(
        f"the store {place} was in use by another process all the time",
        means=f"what was to be kept now is not; {_KEPT}",
        next_step="See which process holds it; end that one, and start the same command again.",
    )


def _unreachable(place: str, said: str) -> Incomplete:
    return Incomplete(
        f"the store {place} cannot be reached ({said})",
        means=f"what was to be kept now is not; {_KEPT}",
        next_step="See whether the server runs and UNDECLARED_STORE is right, and start the same"
        " command again.",
    )


def _damaged(place: str, said: str) -> NotFound:
    return NotFound(
        f"the store {place} is damaged ({said})",
        means="nothing in it was changed",
        next_step="Put a copy that you made of it in its place, or move it away, with the files"
        " beside it that begin with its name; a new one is then begun.",
    )
