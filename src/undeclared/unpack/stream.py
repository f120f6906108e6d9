"""Bytes out of compressed bytes, never more in memory than a little."""

import bz2
import io
import lzma
import mmap
import tempfile
import zlib
from collections.abc import Callable, Iterable
from typing import BinaryIO, cast

import zstandard

from undeclared.unpack.piece import Budget, Unreadable

_CHUNK = 1 << 20
_RAW = 64 << 10
_IN_MEMORY = 32 << 20
_RATIO_FROM = 16 << 20
_MEMORY = 256 << 20
"""A compressor's window; xz -9 needs 65 MB, zstd --long=27 128 MB."""


class View(io.RawIOBase):
    """A file over a view of memory; nothing is copied but what is read."""

    def __init__(self, data: memoryview) -> None:
        self._data = data
        self._at = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """Where the next byte comes from."""
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        """As of any file."""
        base = (0, self._at, len(self._data))[whence]
        if base + offset < 0:
            raise ValueError("a position before the beginning")
        self._at = base + offset
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        """Up to `size` bytes."""
        end = len(self._data) if size is None or size < 0 else self._at + size
        piece = bytes(self._data[self._at : end])
        self._at += len(piece)
        return piece

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """As of any raw file."""
        piece = self._data[self._at : self._at + len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


class _Gzip:
    """zlib's decompressor with the interface of the others."""

    def __init__(self) -> None:
        self._decoder = zlib.decompressobj(wbits=31)

    def decompress(self, data: bytes, size: int) -> bytes:
        return self._decoder.decompress(self._decoder.unconsumed_tail + data, size)

    @property
    def eof(self) -> bool:
        return self._decoder.eof

    @property
    def needs_input(self) -> bool:
        return not self._decoder.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._decoder.unused_data


_Decoder = _Gzip | bz2.BZ2Decompressor | lzma.LZMADecompressor


class _Stepwise:
    """Like GzipFile and its kin, but what comes before the damage is given.

    Streams may follow one another, with zeros after them.
    """

    def __init__(self, file: BinaryIO, make: Callable[[], _Decoder], budget: Budget) -> None:
        self._file = file
        self._budget = budget
        self._make = make
        self._decoder = make()

    def read(self, size: int) -> bytes:
        while True:
            raw = b""
            if self._decoder.eof:
                # A million empty streams give nothing that could be counted, but take time.
                self._budget.check()
                raw = self._decoder.unused_data or self._file.read(_RAW)
                if not raw.strip(b"\0"):
                    return b""
                self._decoder = self._make()
            elif self._decoder.needs_input:
                raw = self._file.read(_RAW)
                if not raw:
                    raise EOFError("it ends too early")
            piece = self._decoder.decompress(raw, size)
            if piece:
                return piece


def _lzma() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(memlimit=_MEMORY)


def _zstd(file: BinaryIO) -> BinaryIO:
    decoder = zstandard.ZstdDecompressor(max_window_size=_MEMORY)
    return cast(BinaryIO, decoder.stream_reader(file, read_across_frames=True))


def _opened(format: str, file: BinaryIO, budget: Budget) -> BinaryIO:  # noqa: A002
    if format == "zstd":
        return _zstd(file)
    makers: dict[str, Callable[[], _Decoder]] = {
        "gzip": _Gzip,
        "bzip2": bz2.BZ2Decompressor,
        "xz": _lzma,
    }
    return cast(BinaryIO, _Stepwise(file, makers[format], budget))


class Decompressed:
    """The bytes within a compressed stream, counted: an `unpack.tar.Source`.

    `format` is one of gzip, bzip2, xz, zstd. Raises Unreadable where it grows out of proportion,
    Stopped when a limit of the whole unpacking is reached, and whatever the libraries raise.
    """

    def __init__(self, format: str, data: memoryview, budget: Budget) -> None:  # noqa: A002
        self._stream = _opened(
            format, cast(BinaryIO, io.BufferedReader(View(data), _CHUNK)), budget
        )
        self._budget = budget
        self._compressed = max(1, len(data))
        self._total = 0
        self._ahead = b""

    def peek(self, size: int) -> bytes:
        """The next bytes, which `read` gives again."""
        while len(self._ahead) < size:
            piece = self._read(size - len(self._ahead))
            if not piece:
                break
            self._ahead += piece
        return self._ahead[:size]

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""
        if self._ahead:
            piece, self._ahead = self._ahead[:size], self._ahead[size:]
            return piece
        return self._read(size)

    def _read(self, size: int) -> bytes:
        piece = self._stream.read(min(size, _CHUNK))
        self._total += len(piece)
        grown(self._total, self._compressed, self._budget)
        self._budget.unpack(len(piece))
        return piece


def grown(total: int, compressed: int, budget: Budget) -> None:
    """Raise Unreadable if so much can come out of so little only in a bomb."""
    most = budget.limits.max_ratio
    if total > _RATIO_FROM and total > most * compressed:
        raise Unreadable(f"it grows by more than {most} times")


def pieces_of(source: io.BufferedIOBase | Decompressed | BinaryIO) -> Iterable[bytes]:
    """All that is left, in pieces of at most 1 MiB."""
    return iter(lambda: source.read(_CHUNK), b"")


def whole(pieces: Iterable[bytes], budget: Budget) -> memoryview:
    """All pieces in one: in memory if small, else mapped from a nameless temporary file.

    Raises Unreadable beyond the size of one file; the pieces left are not taken then.
    """
    most = budget.limits.max_file_bytes
    small = bytearray()
    pieces = iter(pieces)
    for piece in pieces:
        small += piece
        _bounded(len(small), most)
        if len(small) > _IN_MEMORY:
            break
    else:
        return memoryview(small).toreadonly()
    with tempfile.TemporaryFile(prefix="undeclared-") as file:
        file.write(small)
        total = len(small)
        del small
        for piece in pieces:
            total += len(piece)
            _bounded(total, most)
            file.write(piece)
        file.flush()
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def _bounded(size: int, most: int) -> None:
    if size > most:
        raise Unreadable(f"it has more than {most} bytes")
