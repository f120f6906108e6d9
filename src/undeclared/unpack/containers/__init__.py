"""Archives and other files that hold files."""

from collections.abc import Callable

from undeclared.unpack.containers import zip as zips
from undeclared.unpack.containers.ar import MAGIC as _DEB
from undeclared.unpack.containers.ar import ar
from undeclared.unpack.containers.asar import asar, is_asar
from undeclared.unpack.containers.compressed import compressed, is_tar, tar
from undeclared.unpack.piece import Budget, Pieces

Opener = Callable[[memoryview, Budget], Pieces]

_COMPRESSED = {
    b"\x1f\x8b\x08": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\0": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
}
_UNREAD = {
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!\x1a\x07": "a RAR archive",
    b"MSCF\0\0\0\0": "a cabinet archive",
    b"\xed\xab\xee\xdb": "an RPM package",
    b"hsqs": "a squashfs image",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "a compound file (MSI)",
    b"xar!": "a xar archive (macOS package)",
}


def opener(name: str, data: memoryview) -> Opener | None:
    """What opens a file, judged by its content; None: it is no container known here."""
    head = bytes(data[:512])
    for magic, format_ in _COMPRESSED.items():
        if head.startswith(magic) and (format_ != "bzip2" or head[4:10] == b"1AY&SY"):
            last = name.rpartition("/")[2]
            return lambda data, budget: compressed(format_, data, last, budget)
    if is_tar(head):
        return tar
    if head[:4] in (b"PK\3\4", b"PK\5\6"):
        return zips.unzip
    if is_asar(head):
        return asar
    if head.startswith(_DEB):
        return ar
    return None


def appended(data: memoryview) -> int | None:
    """Where a zip archive begins that follows other bytes, as in pex, zipapp, crx; None: none."""
    return (zips.begin(data) or None) if zips.ends(data) else None


def unzip(data: memoryview, budget: Budget) -> Pieces:
    """The files of a zip archive."""
    return zips.unzip(data, budget)


def unread(data: memoryview) -> str | None:
    """What a file is, if it is a container that nothing here opens."""
    head = bytes(data[:16])
    if bytes(data[-512:-508]) == b"koly":
        return "a disk image (macOS)"
    return next((what for magic, what in _UNREAD.items() if head.startswith(magic)), None)


__all__ = ["Opener", "appended", "opener", "unread", "unzip"]
