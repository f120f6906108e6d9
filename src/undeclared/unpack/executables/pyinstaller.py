"""Programs that PyInstaller put into an executable, or beside it.

PyInstaller docs, "Advanced Topics", and its `loader/pyimod01_archive.py`, `archive/writers.py`: a
CArchive after the executable (a table of compressed files before a cookie at its end), in it a PYZ
with the modules. Its table is in Python's marshal form, which is unsafe to load; a reader of the
few types that a table has is below. Code objects stay what they are: bytecode, read for strings.
"""

import struct
import zlib
from collections.abc import Iterator

from undeclared.model.code import FileKind
from undeclared.unpack.executables.image import Image
from undeclared.unpack.executables.tail import rfind
from undeclared.unpack.piece import Budget, Embedded, Fault, Piece, Pieces, Unreadable
from undeclared.unpack.stream import grown, whole

_COOKIE = b"MEI\x0c\x0b\x0a\x0b\x0e"
_COOKIES = (88, 24)
"""Bytes; the shorter up to PyInstaller 2.0, without the name of the Python library."""
_ENTRY = 18
_PYZ = b"PYZ\0"
_CODE = b"msM"
"""Kinds of an entry that are code objects: module, script, package."""
_MAX_ENTRIES = 200_000


def embedded(image: Image, budget: Budget) -> Embedded | None:
    """The program that PyInstaller put into an executable, if it did."""
    data = image.data
    cookie = rfind(data, _COOKIE, 1 << 20)
    part = image.find("pydata")
    if cookie < 0 and part:
        # ELF: newer versions put the archive into a section, which need not be the last bytes.
        at = rfind(data[part.start : part.end], _COOKIE, 1 << 16)
        cookie = part.start + at if at >= 0 else -1
    if cookie < 0:
        return None
    length, table, size = struct.unpack_from(">III", data, cookie + 8)
    for own in _COOKIES:
        start = cookie + own - length
        if 0 <= start < cookie and table + size <= length and start + table + size <= cookie:
            archive = data[start : start + length]
            return Embedded(start, start + length, _files(archive, table, size, budget))
    return None


def _files(archive: memoryview, table: int, size: int, budget: Budget) -> Pieces:
    at, end = table, table + size
    for _ in range(_MAX_ENTRIES):
        if at >= end:
            return
        length, place, packed, full, compressed, kind = struct.unpack_from(">IIIIBc", archive, at)
        if length <= _ENTRY:
            raise Unreadable("an entry of its table has no name")
        raw = bytes(archive[at + _ENTRY : at + length]).partition(b"\0")[0]
        name = raw.decode(errors="backslashreplace")
        at += length
        data = archive[place : place + packed]
        if len(data) != packed:
            yield Fault(name, "it lies outside of the archive")
            continue
        try:
            if compressed:
                data = whole(_inflated(data, budget), budget)
        except (zlib.error, EOFError, Unreadable) as error:
            yield Fault(name, f"it could not be decompressed: {error}")
            continue
        if len(data) != full and compressed:
            yield Fault(name, f"it has {len(data)} bytes, not {full} as its table says")
        if bytes(data[:4]) == _PYZ:
            yield from modules(name, data, budget)
        elif kind in _CODE and not _is_source(data):
            yield Piece(f"{name}.pyc", data, FileKind.BYTECODE)
        else:
            yield Piece(name, data)
    raise Unreadable(f"it has more than {_MAX_ENTRIES} files")


def _is_source(data: memoryview) -> bool:
    """A script is kept as a code object; very old versions kept its text."""
    return bytes(data[:1]) not in (b"c", b"\xe3")


def modules(name: str, archive: memoryview, budget: Budget) -> Pieces:
    """The modules of a PYZ archive."""
    (table,) = struct.unpack_from(">I", archive, 8)
    entries = Marshal(archive[table:]).value()
    if isinstance(entries, dict):
        entries = list(entries.items())
    if not isinstance(entries, (list, tuple)):
        raise Unreadable(f"the table of {name} is no list")
    for entry in entries:
        module, (_, place, length) = entry
        if not all(isinstance(one, int) and one >= 0 for one in (place, length)):
            raise Unreadable(f"the table of {name} is damaged")
        label = str(module).replace(".", "/") + ".pyc"
        data = archive[place : place + length]
        if not length:
            continue
        try:
            code = whole(_inflated(data, budget), budget)
        except (zlib.error, EOFError, Unreadable) as error:
            # Up to version 5 a PYZ could be encrypted.
            yield Fault(f"{name}!/{label}", f"it could not be decompressed: {error}")
            continue
        yield Piece(f"{name}!/{label}", code, FileKind.BYTECODE)


def _inflated(data: memoryview, budget: Budget) -> Iterator[bytes]:
    decoder = zlib.decompressobj()
    total = 0
    left = bytes(data)
    while not decoder.eof:
        piece = decoder.decompress(left, 1 << 20)
        if not piece and not decoder.unconsumed_tail and not decoder.eof:
            raise EOFError("it ends too early")
        left = decoder.unconsumed_tail
        total += len(piece)
        grown(total, max(1, len(data)), budget)
        budget.unpack(len(piece))
        yield piece


class Marshal:
    """A reader of Python's marshal form (`Python/marshal.c`), for numbers, texts and lists of them.

    `marshal.loads` must not see bytes of others ("never unmarshal data received from an untrusted
    source", Python docs). Anything else than a table has raises Unreadable.
    """

    _DEPTH = 8

    def __init__(self, data: memoryview) -> None:
        self._data = data
        self._at = 0
        self._kept: list[object] = []

    def value(self, depth: int = 0) -> object:
        """The next value."""
        if depth > self._DEPTH:
            raise Unreadable("its table is nested too deeply")
        first = self._take(1)[0]
        keep, kind = bool(first & 0x80), chr(first & 0x7F)
        slot = len(self._kept)
        if keep:
            self._kept.append(None)
        value = self._of(kind, depth)
        if keep:
            self._kept[slot] = value
        return value

    def _of(self, kind: str, depth: int) -> object:
        if kind in "NFT.":
            return {"N": None, "F": False, "T": True, ".": ...}[kind]
        if kind == "i":
            return int.from_bytes(self._take(4), "little", signed=True)
        if kind == "l":
            digits = int.from_bytes(self._take(4), "little", signed=True)
            return self._long(digits)
        if kind in "zZ":
            return self._text(self._take(1)[0])
        if kind in "aAuts":
            return self._text(self._size())
        if kind == "r":
            return self._kept[self._size()]
        if kind in "(>[)<":
            count = self._take(1)[0] if kind == ")" else self._size()
            return [self.value(depth + 1) for _ in range(count)]
        if kind == "{":
            return self._pairs(depth)
        raise Unreadable(f"its table has a value of kind {kind!r}")

    def _pairs(self, depth: int) -> list[object]:
        pairs: list[object] = []
        while bytes(self._data[self._at : self._at + 1]) != b"0":
            pairs.append([self.value(depth + 1), self.value(depth + 1)])
        return pairs

    def _long(self, digits: int) -> int:
        if abs(digits) > 8:
            raise Unreadable("its table has a huge number")
        value = sum(
            int.from_bytes(self._take(2), "little") << (15 * index) for index in range(abs(digits))
        )
        return value if digits >= 0 else -value

    def _text(self, size: int) -> str:
        return bytes(self._take(size)).decode("utf-8", "backslashreplace")

    def _size(self) -> int:
        size = int.from_bytes(self._take(4), "little")
        if size > len(self._data):
            raise Unreadable("its table is cut off")
        return size

    def _take(self, size: int) -> memoryview:
        piece = self._data[self._at : self._at + size]
        if len(piece) != size:
            raise Unreadable("its table is cut off")
        self._at += size
        return piece
