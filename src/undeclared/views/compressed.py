"""How content was compressed: whatever a compressor chooses and its output shows."""

import zlib

MOST = 64 * 1024
"""Bytes of content up to which the level is found out, by compressing again."""


def how(name: str, packed: bytes, plain: bytes) -> dict[str, str]:
    """The choices of a compressor, as far as they can be told, by what there is to choose.

    gzip: RFC 1952, zlib: RFC 1950, brotli: RFC 7932, zstd: RFC 8878. `level` is the one with which
    zlib makes the same bytes; it is left out where several do, as with short content, or none.
    The time in a gzip header is told as `set` or not: it varies.
    """
    if name in ("gzip", "x-gzip") and len(packed) >= 18:
        time = "set" if any(packed[4:8]) else "none"
        header = f"flags {packed[3]}, time {time}, extra {packed[8]}, system {packed[9]}"
        level = None if packed[3] else _level(packed[10:-8], plain)
        return {"header": header, **({"level": str(level)} if level else {})}
    if name == "deflate" and len(packed) >= 6:
        level = _level(packed[2:-4], plain)
        return {"header": packed[:2].hex(), **({"level": str(level)} if level else {})}
    if name == "br":
        return {"window": str(packed[0] & 0x0F)} if packed else {}
    return {"descriptor": str(packed[4] & 0x0F)} if name == "zstd" and len(packed) > 4 else {}


def _level(stream: bytes, plain: bytes) -> int | None:
    if len(plain) > MOST:
        return None
    fitting = []
    for level in range(1, 10):
        packer = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
        if packer.compress(plain) + packer.flush() == stream:
            fitting.append(level)
    return fitting[0] if len(fitting) == 1 else None
