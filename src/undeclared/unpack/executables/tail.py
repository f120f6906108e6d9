"""Finding a mark near the end of many bytes."""


def rfind(data: memoryview, mark: bytes, within: int) -> int:
    """Where `mark` begins last within the last `within` bytes; -1: nowhere."""
    end = len(data)
    floor = max(0, end - within)
    while end > floor:
        start = max(floor, end - (1 << 20))
        at = bytes(data[start:end]).rfind(mark)
        if at >= 0:
            return start + at
        if start == floor:
            return -1
        end = start + len(mark) - 1
    return -1
