"""Debian packages: `ar` archives (`ar(5)`, `deb(5)`) of tar archives."""

from undeclared.unpack.piece import Budget, Piece, Pieces, Unreadable

MAGIC = b"!<arch>\ndebian-binary"
_HEADER = 60


def ar(data: memoryview, budget: Budget) -> Pieces:
    """The members, in order."""
    at = 8
    while at + _HEADER <= len(data):
        budget.check()
        header = bytes(data[at : at + _HEADER])
        digits = header[48:58].strip()
        if header[58:60] != b"`\n" or not digits.isdigit():
            raise Unreadable("a header of it is damaged")
        at += _HEADER
        size = int(digits)
        if at + size > len(data):
            raise Unreadable("it ends within a file")
        name = header[:16].decode(errors="backslashreplace").strip().rstrip("/")
        yield Piece(name, data[at : at + size])
        at += size + size % 2
