"""Where the parts of an executable lie: the headers of ELF, Mach-O and PE, and no more.

Why not lief: it reads a file of 381 MB into memory, several times over; the few headers needed here
are a page. Formats: System V ABI (gabi) chapters 4 and 5; Apple `mach-o/loader.h` and `fat.h`;
Microsoft PE Format.
"""

import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple

_MAX_PARTS = 4096
_MAX_RESOURCES = 1024


class Part(NamedTuple):
    """A named part of the file."""

    name: str
    """A section: `.bun`; of Mach-O `segment,section`; of an ELF note `note:OWNER`; of a PE resource
    `resource:TYPE/NAME`, numbers as numbers."""
    start: int
    end: int


class Image(NamedTuple):
    """One executable."""

    format: str
    """`ELF`, `Mach-O` or `PE`."""
    data: memoryview
    parts: tuple[Part, ...]
    end: int
    """Where what the headers describe ends; what follows was appended."""
    base: int = 0
    """Where `data` begins in the file, of which it may be one of several executables."""

    def part(self, name: str) -> memoryview | None:
        """The bytes of the first part of a name, as far as the file has them."""
        found = self.find(name)
        return self.data[found.start : found.end] if found else None

    def find(self, name: str) -> Part | None:
        """The first part of a name."""
        return next((part for part in self.parts if part.name == name), None)


def images(data: memoryview) -> Iterator[Image]:
    """The executables in a file: one, or one per architecture of a fat Mach-O.

    Damaged headers give an image with the parts that could be read.
    """
    head = bytes(data[:4])
    if head in (b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf"):
        wide = head[3] == 0xBF
        size, shape = (32, ">IIQQII") if wide else (20, ">IIIII")
        for index in range(min(32, int.from_bytes(data[4:8], "big"))):
            try:
                fields = struct.unpack_from(shape, data, 8 + index * size)
            except struct.error:
                return
            if fields[2] and 0 < fields[3] <= len(data):
                inner = data[fields[2] : fields[2] + fields[3]]
                yield _image("Mach-O", inner, _macho)._replace(base=fields[2])
    elif head == b"\x7fELF":
        yield _image("ELF", data, _elf)
    elif head[:2] == b"MZ":
        yield _image("PE", data, _pe)
    else:
        yield _image("Mach-O", data, _macho)


_Read = Callable[[memoryview], Iterator[tuple[Part, bool]]]
"""Parts, and whether each counts for where the image ends."""


def _image(format: str, data: memoryview, read: _Read) -> Image:  # noqa: A002
    parts: list[Part] = []
    ends = [0]
    try:
        for part, counts in read(data):
            if len(parts) >= _MAX_PARTS:
                break
            if counts and part.end <= len(data):
                ends.append(part.end)
            if part.name and 0 <= part.start <= part.end:
                parts.append(part)
    except (struct.error, IndexError, ValueError, OverflowError):
        pass
    return Image(format, data, tuple(parts), max(ends))


def _elf(data: memoryview) -> Iterator[tuple[Part, bool]]:
    order = "<" if data[5] != 2 else ">"
    wide = data[4] != 1
    shape, at = ("QQ", 32) if wide else ("II", 28)
    segments, sections = struct.unpack_from(order + shape, data, at)
    sizes = struct.unpack_from(order + "HHHHH", data, 54 if wide else 42)
    segment, count, size, sections_count, names = sizes
    for index in range(min(count, 256) if segment >= 32 else 0):
        at = segments + index * segment
        (kind,) = struct.unpack_from(order + "I", data, at)
        shape, place = ("QQQQ", at + 8) if wide else ("IIII", at + 4)
        offset, _, _, length = struct.unpack_from(order + shape, data, place)
        yield Part("", offset, offset + length), True
        if kind == 4:  # PT_NOTE
            for note in _notes(data, offset, offset + length, order):
                yield note, False
    if not sections or size < 40:
        return
    yield Part("", sections, sections + size * sections_count), True
    shape = "IIQQQQ" if wide else "IIIIII"
    table = [
        struct.unpack_from(order + shape, data, sections + index * size)
        for index in range(min(sections_count, _MAX_PARTS))
    ]
    strings = table[names][4] if names < len(table) else 0
    for name, kind, _, _, offset, length in table:
        if kind == 8:  # SHT_NOBITS: nothing in the file
            continue
        yield Part(_string(data, strings + name), offset, offset + length), True
        if kind == 7:  # SHT_NOTE
            for note in _notes(data, offset, offset + length, order):
                yield note, False


def _notes(data: memoryview, at: int, end: int, order: str) -> Iterator[Part]:
    """Each note begins before `end`; some tools write headers that are too short for the last."""
    for _ in range(64):
        if at + 12 > min(end, len(data)):
            return
        name, size, _ = struct.unpack_from(order + "III", data, at)
        at += 12
        owner = bytes(data[at : at + min(name, 64)]).partition(b"\0")[0]
        at += name + -name % 4
        yield Part(f"note:{owner.decode(errors='replace')}", at, min(at + size, len(data)))
        at += size + -size % 4


def _macho(data: memoryview) -> Iterator[tuple[Part, bool]]:
    order = "<" if data[3] == 0xFE else ">"
    wide = (data[0] if order == "<" else data[3]) == 0xCF
    (commands,) = struct.unpack_from(order + "I", data, 16)
    at = 32 if wide else 28
    for _ in range(min(commands, _MAX_PARTS)):
        command, size = struct.unpack_from(order + "II", data, at)
        if size < 8:
            return
        if command in (0x19, 0x1):  # LC_SEGMENT_64, LC_SEGMENT
            long = command == 0x19
            shape, section, sections_at = ("QQQQ", 80, at + 72) if long else ("IIII", 68, at + 56)
            _, _, offset, length = struct.unpack_from(order + shape, data, at + 24)
            yield Part(_fixed(data, at + 8), offset, offset + length), True
            (count,) = struct.unpack_from(order + "I", data, at + (64 if long else 48))
            for index in range(min(count, 256)):
                place = sections_at + index * section
                name = f"{_fixed(data, place + 16)},{_fixed(data, place)}"
                shape = "QQI" if long else "III"
                _, length, offset = struct.unpack_from(order + shape, data, place + 32)
                yield Part(name, offset, offset + length), False
        elif command in (0x1D, 0x2):  # LC_CODE_SIGNATURE, LC_SYMTAB
            fields = struct.unpack_from(order + "IIII", data, at + 8)
            start, length = fields[:2] if command == 0x1D else fields[2:]
            yield Part("", start, start + length), True
        at += size


def _pe(data: memoryview) -> Iterator[tuple[Part, bool]]:
    (header,) = struct.unpack_from("<I", data, 60)
    if bytes(data[header : header + 4]) != b"PE\0\0":
        return
    (count,) = struct.unpack_from("<H", data, header + 6)
    (optional,) = struct.unpack_from("<H", data, header + 20)
    (magic,) = struct.unpack_from("<H", data, header + 24)
    directories = header + 24 + (112 if magic == 0x20B else 96)
    resources = 0
    if optional >= directories - header - 24 + 24:
        resources = struct.unpack_from("<I", data, directories + 16)[0]
    signature, signed = struct.unpack_from("<II", data, directories + 32)
    if optional >= directories - header - 24 + 40 and signature:
        yield Part("", signature, signature + signed), True
    for index in range(min(count, _MAX_PARTS)):
        at = header + 24 + optional + index * 40
        name = bytes(data[at : at + 8]).rstrip(b"\0").decode(errors="replace")
        virtual_size, address, size, offset = struct.unpack_from("<IIII", data, at + 8)
        yield Part(name, offset, offset + size), True
        if resources and address <= resources < address + max(size, virtual_size):
            for part in _resources(data[: offset + size], offset, resources, address):
                yield part, False


def _resources(data: memoryview, at: int, root: int, address: int) -> Iterator[Part]:
    """The tree of type, name and language (PE Format, "The .rsrc Section")."""
    base = at + root - address
    left = [(base, "resource:")]
    for _ in range(_MAX_RESOURCES):
        if not left:
            return
        place, path = left.pop()
        named, numbered = struct.unpack_from("<HH", data, place + 12)
        for index in range(min(named + numbered, _MAX_RESOURCES)):
            name, target = struct.unpack_from("<II", data, place + 16 + index * 8)
            if name >> 31:
                spot = base + (name & 0x7FFFFFFF)
                (length,) = struct.unpack_from("<H", data, spot)
                text = bytes(data[spot + 2 : spot + 2 + 2 * min(length, 128)])
                label = text.decode("utf-16-le", errors="replace")
            else:
                label = str(name)
            deeper = path.count("/")
            if target >> 31 and deeper < 2:
                here = path + label + "/" if deeper < 1 else path + label + "//"
                left.append((base + (target & 0x7FFFFFFF), here))
            elif not target >> 31:
                virtual, size = struct.unpack_from("<II", data, base + target)
                start = at + virtual - address
                full = path.rstrip("/") if deeper >= 2 else path + label
                yield Part(full, start, start + size)


def _string(data: memoryview, at: int) -> str:
    return bytes(data[at : at + 64]).partition(b"\0")[0].decode(errors="replace")


def _fixed(data: memoryview, at: int) -> str:
    return bytes(data[at : at + 16]).partition(b"\0")[0].decode(errors="replace")
