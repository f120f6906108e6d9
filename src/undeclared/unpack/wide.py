"""Text of two bytes per character, which some containers and editors keep."""

_MOST = 64 << 20
_SAMPLE = 4 << 10
_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


def narrowed(data: memoryview) -> memoryview:
    """The same text as UTF-8 if `data` is UTF-16, with or without a byte order mark; else `data`.

    Bun keeps a text beyond Latin-1 as UTF-16 (measured on 1.4.5), JavaScript engines as well.
    """
    coding = _coding(bytes(data[:_SAMPLE]))
    if coding is None or len(data) % 2 or len(data) > _MOST:
        return data
    text = bytes(data).decode(coding, "replace").removeprefix("\ufeff")
    return memoryview(text.encode())


def _coding(sample: bytes) -> str | None:
    if sample[:2] in _MARKS:
        return _MARKS[sample[:2]]
    sample = sample[: len(sample) // 2 * 2]
    if len(sample) < 16:
        return None
    for coding, high, low in (("utf-16-le", 1, 0), ("utf-16-be", 0, 1)):
        # Code in any script has many characters below 256; a zero character has no place in text.
        zeros = sample[high::2].count(0)
        if zeros * 40 >= len(sample) and not sample[low::2].count(0) * 50 > zeros:
            text = sample.decode(coding, "replace")
            if sum(not (one.isprintable() or one.isspace()) for one in text) * 100 <= len(text):
                return coding
    return None
