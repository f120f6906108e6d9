"""Tar archives and single compressed files."""

from collections.abc import Iterator

from undeclared.unpack.piece import HOSTILE, Budget, Fault, Piece, Pieces, Stopped
from undeclared.unpack.stream import Decompressed, View, pieces_of, whole
from undeclared.unpack.tar import BLOCK, Reader, Source, TarError

_ENDINGS = (".gz", ".bz2", ".xz", ".zst", ".zstd")


def is_tar(head: bytes) -> bool:
    """Whether a block is the header of a tar archive: by its checksum, as POSIX says."""
    if len(head) < BLOCK or not head[0]:
        return False
    digits = head[148:156].strip(b" \0")
    if not digits or not all(48 <= digit < 56 for digit in digits) or len(digits) > 7:
        return False
    return int(digits, 8) == sum(head[:148]) + 8 * 32 + sum(head[156:BLOCK])


def tar(data: memoryview, budget: Budget) -> Pieces:
    """The files of a tar archive. Links, devices and pipes hold nothing and are passed over."""
    yield from _tar(View(data), budget)


def _tar(source: Source, budget: Budget) -> Pieces:
    reader = Reader(source)
    for member in reader:
        budget.check()
        if member.kind != b"0":
            continue
        name = member.path.decode(errors="backslashreplace")
        if member.size > budget.limits.max_file_bytes:
            yield Fault(name, f"it has more than {budget.limits.max_file_bytes} bytes")
        else:
            yield Piece(name, whole(reader.content(), budget))


def compressed(format: str, data: memoryview, name: str, budget: Budget) -> Pieces:  # noqa: A002
    """What a gzip, bzip2, xz or zstd stream holds: a tar archive, or one file."""
    source = Decompressed(format, data, budget)
    if is_tar(source.peek(BLOCK)):
        yield from _tar(source, budget)
        return
    inner = next((name[: -len(end)] for end in _ENDINGS if name.lower().endswith(end)), name)
    kept: list[bytes] = []
    yield Piece(inner, whole(_sound(source, kept), budget))
    if kept:
        yield Fault(inner, f"only its beginning could be decompressed: {kept[0].decode()}")


def _sound(source: Decompressed, why: list[bytes]) -> Iterator[bytes]:
    """The pieces up to where a stream breaks off: a cut file still shows its beginning."""
    try:
        yield from pieces_of(source)
    except Stopped:
        raise
    except HOSTILE as error:
        why.append(str(error).encode() or type(error).__name__.encode())


__all__ = ["TarError", "compressed", "is_tar", "tar"]
