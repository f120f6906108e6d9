"""Zip archives: wheels, VSIX, JAR, and those at the end of a program (pex, shiv, zipapp)."""

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, cast

from undeclared.unpack.limits import Limits
from undeclared.unpack.piece import HOSTILE, Budget, Fault, Piece, Pieces, Stopped, Unreadable
from undeclared.unpack.stream import View, grown, pieces_of, whole

_END = b"PK\5\6"
_END_SIZE = 22
_MAX_COMMENT = 0xFFFF
_ENTRY = 46
"""Least bytes of an entry of the directory; Python keeps about 600 in memory for it."""
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2}
"""LZMA is left out: its header may ask for 4 GB, and Python sets no bound. No package uses it."""


def ends(data: memoryview) -> bool:
    """Whether the last bytes are those of a zip archive without a comment; cheap to ask."""
    return bytes(data[-_END_SIZE:][:4]) == _END


def begin(data: memoryview) -> int | None:
    """Where the zip archive that ends at the end of `data` begins; None: there is none.

    An archive may follow a program (APPNOTE.TXT 4.1.9), and counts from its own beginning or from
    the program's.
    """
    tail_at = max(0, len(data) - _END_SIZE - _MAX_COMMENT)
    tail = bytes(data[tail_at:])
    at = tail.rfind(_END)
    if at < 0 or at + _END_SIZE > len(tail):
        return None
    size, offset, comment = struct.unpack_from("<IIH", tail, at + 12)
    end = tail_at + at
    directory = end - size
    start = directory - offset
    # 0xFFFFFFFF says Zip64, which no appended archive was seen to need.
    if start < 0 or not size or end + _END_SIZE + comment != len(data):
        return None
    if bytes(data[directory : directory + 4]) != b"PK\1\2":
        return None
    first = struct.unpack_from("<I", data, directory + 42)[0]
    return int(start + first)


def unzip(data: memoryview, budget: Budget) -> Pieces:
    """The files of a zip archive; links hold nothing and are passed over."""
    check_directory(data, budget.limits)
    with zipfile.ZipFile(cast(BinaryIO, io.BufferedReader(View(data)))) as archive:
        for info in archive.infolist():
            budget.check()
            if info.is_dir() or stat.S_ISLNK(info.external_attr >> 16):
                continue
            if info.flag_bits & 1:
                yield Fault(info.filename, "it is encrypted")
            elif info.compress_type not in _METHODS:
                yield Fault(info.filename, f"compression method {info.compress_type} is not read")
            elif info.file_size > budget.limits.max_file_bytes:
                yield Fault(info.filename, f"it has {info.file_size} bytes, too many")
            else:
                yield _member(archive, info, data, budget)


def _member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, data: memoryview, budget: Budget
) -> Piece | Fault:
    try:
        with archive.open(info) as member:
            if info.compress_type == zipfile.ZIP_STORED:
                # Past the checks of `open`, what is stored needs no copy.
                at = info.header_offset
                name, extra = struct.unpack_from("<HH", data, at + 26)
                at += 30 + name + extra
                stored = data[at : at + info.file_size]
                if len(stored) == info.file_size and zlib.crc32(stored) == info.CRC:
                    return Piece(info.filename, stored)
                return Fault(info.filename, "its checksum is wrong")

            pieces = _counted(cast(BinaryIO, member), max(1, info.compress_size), budget)
            return Piece(info.filename, whole(pieces, budget))
    except Stopped:
        raise
    except HOSTILE as error:
        return Fault(info.filename, str(error) or type(error).__name__)


def _counted(member: BinaryIO, compressed: int, budget: Budget) -> Iterator[bytes]:
    total = 0
    for piece in pieces_of(member):
        total += len(piece)
        grown(total, compressed, budget)
        budget.unpack(len(piece))
        yield piece


def check_directory(data: memoryview, limits: Limits) -> None:
    """Look at the size of the directory, since all of it is read into memory; raises Unreadable."""
    tail = bytes(data[-_END_SIZE - _MAX_COMMENT :])
    at = tail.rfind(_END)
    if at < 0 or at + _END_SIZE > len(tail):
        raise Unreadable("it has no directory at its end")
    most = limits.max_files
    directory = struct.unpack_from("<I", tail, at + 12)[0]
    if directory == 0xFFFFFFFF:
        zip64 = tail.rfind(b"PK\6\6", 0, at)
        directory = struct.unpack_from("<Q", tail, zip64 + 40)[0] if zip64 >= 0 else 0
    if directory > most * 4 * _ENTRY:
        raise Unreadable(f"its directory has {directory} bytes, more than {most} files need")
