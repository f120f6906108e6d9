"""Small executables with programs inside, laid out as the tools that make real ones do."""

import json
import struct
import zlib


def elf(sections=(), notes=(), after=b""):
    """A 64-bit ELF file of named sections and of notes (owner, bytes), and what is appended."""
    names = b"\0"
    body = bytearray(64)
    table = [(0, 0, 0, 0)]
    parts = [(name, 1, data) for name, data in sections]
    parts += [
        (
            "",
            7,
            struct.pack("<III", len(owner) + 1, len(data), 0)
            + _padded(owner.encode() + b"\0", 4)
            + _padded(data, 4),
        )
        for owner, data in notes
    ]
    for name, kind, data in parts:
        table.append((len(names), kind, len(body), len(data)))
        names += name.encode() + b"\0"
        body += data
    table.append((len(names), 3, len(body), len(names) + 10))
    names += b".shstrtab\0"
    body += names
    where = len(body)
    for name, kind, offset, size in table:
        body += struct.pack("<IIQQQQIIQQ", name, kind, 0, 0, offset, size, 0, 0, 1, 0)
    head = struct.pack("<4sBBBB8x", b"\x7fELF", 2, 1, 1, 0) + struct.pack(
        "<HHIQQQIHHHHHH", 2, 62, 1, 0, 0, where, 0, 64, 56, 0, 64, len(table), len(table) - 1
    )
    body[:64] = head
    return bytes(body) + after


def macho(segment, section, data, after=b""):
    """A 64-bit Mach-O file with one section."""
    at = 32 + 72 + 80
    command = struct.pack(
        "<II16sQQQQIIII", 0x19, 72 + 80, segment.encode(), 0, 0, at, len(data), 7, 7, 1, 0
    )
    command += struct.pack(
        "<16s16sQQIIIIIIII", section.encode(), segment.encode(), 0, len(data), at, *[0] * 7
    )
    head = struct.pack("<IIIIIIII", 0xFEEDFACF, 0x0100000C, 0, 2, 1, len(command), 0, 0)
    return head + command + data + after


def fat(*images):
    """A Mach-O file of several architectures."""
    at = 8 + 20 * len(images)
    head, body = struct.pack(">II", 0xCAFEBABE, len(images)), b""
    for image in images:
        head += struct.pack(">IIIII", 7, 3, at + len(body), len(image), 0)
        body += image
    return head + body


def pe(sections=(), resources=(), after=b""):
    """A 64-bit PE file of named sections, and of resources of type 10 (name, bytes)."""
    sections = list(sections)
    address = 0x1000
    if resources:
        sections.append((".rsrc", _resources(resources, address)))
    count = len(sections)
    headers = 64 + 24 + 240 + 40 * count
    head = struct.pack("<2s58xI", b"MZ", 64) + b"PE\0\0"
    head += struct.pack("<HHIIIHH", 0x8664, count, 0, 0, 0, 240, 0x22)
    directories = bytearray(128)
    if resources:
        struct.pack_into("<II", directories, 16, address, len(sections[-1][1]))
    head += struct.pack("<H110x", 0x20B) + bytes(directories)
    body = b""
    for name, data in sections:
        own = address if name == ".rsrc" else 0x100000
        head += struct.pack(
            "<8sIIII16x", name.encode(), len(data), own, len(data), headers + len(body)
        )
        body += data
    return head + body + after


def _resources(resources, address):
    def directory(*entries):
        named = sum(1 for name, _ in entries if name >> 31)
        rows = b"".join(struct.pack("<II", *entry) for entry in entries)
        return struct.pack("<12xHH", named, len(entries) - named) + rows

    count = len(resources)
    by_name = 24
    languages = by_name + 16 + 8 * count
    data_at = languages + 24 * count
    names_at = data_at + 16 * count
    names, name_places = b"", []
    for name, _ in resources:
        name_places.append(names_at + len(names))
        names += struct.pack("<H", len(name)) + name.encode("utf-16-le")
    files_at = names_at + len(names)
    out = directory((10, by_name | 1 << 31))
    out += directory(
        *(
            (place | 1 << 31, languages + 24 * index | 1 << 31)
            for index, place in enumerate(name_places)
        )
    )
    for index in range(count):
        out += directory((1033, data_at + 16 * index))
    files = b""
    for _, data in resources:
        out += struct.pack("<IIII", address + files_at + len(files), len(data), 0, 0)
        files += data
    return out + names + files


def bun_graph(modules, record=52, table=32):
    """Bun's data, offsets and trailer for modules of (name, contents, source map, bytecode)."""
    data = bytearray()

    def put(content):
        if not content:
            return 0, 0
        data.extend(content + b"\0")
        return len(data) - len(content) - 1, len(content)

    rows = b""
    for name, contents, source_map, bytecode in modules:
        pointers = [put(name.encode()), put(contents), put(source_map)]
        if record >= 36:
            pointers.append(put(bytecode))
        if record >= 52:
            pointers += [(0, 0), (0, 0)]
        row = b"".join(struct.pack("<II", *pointer) for pointer in pointers)
        rows += row + bytes(record - len(row))
    at, size = put(rows)
    count = len(data)
    offsets = struct.pack("<QIII", count, at, size, 0)
    return bytes(data) + offsets + bytes(table - len(offsets)) + b"\n---- Bun! ----\n"


def bun_overlay(graph):
    """An ELF file with Bun's data after it, up to 1.3.9."""
    base = elf([(".text", b"runtime" * 50)])
    return base + graph + struct.pack("<Q", len(base) + len(graph) + 8)


def bun_source_map(sources, compress):
    """Bun's own form of a source map, of (name, text) pairs."""
    header = 8 + 16 * len(sources)
    names, texts, strings = [], [], b""
    for name, _ in sources:
        names.append((header + len(strings), len(name)))
        strings += name.encode()
    for _, text in sources:
        packed = compress(text)
        texts.append((header + len(strings), len(packed)))
        strings += packed
    pointers = b"".join(struct.pack("<II", *pointer) for pointer in names + texts)
    return struct.pack("<II", len(sources), 4) + pointers + strings + b"AAAA"


def sea_blob(path, main, flags=0, cache=None, assets=(), extra=b""):
    """The blob of a Node.js single executable application."""

    def text(content):
        return struct.pack("<Q", len(content)) + content

    out = struct.pack("<II", 0x0143DA20, flags) + extra + text(path.encode()) + text(main)
    if flags & 4:
        out += text(cache)
    if flags & 8:
        out += struct.pack("<Q", len(assets))
        out += b"".join(text(name.encode()) + text(data) for name, data in assets)
    return out


def pkg_program(files, compress=None, method=0, old=False):
    """An executable with pkg's payload and prelude; files are (path, store, content)."""
    payload, table, words = b"", {}, {}
    for path, store, content in files:
        packed = compress(content) if compress else content
        key = path
        if method:
            parts = path.split("/")
            for part in parts:
                words.setdefault(part, f"w{len(words)}" if part else "")
            key = "/".join(words[part] for part in parts)
        table.setdefault(key, {})[store] = [len(payload), len(packed)]
        payload += packed
    values = [table, files[0][0]] if old else [table, files[0][0], {}, words, method]
    prelude = (
        "(function(process, require, console, EXECPATH_FD, PAYLOAD_POSITION, PAYLOAD_SIZE) { "
        "return (function (REQUIRE_COMMON, VIRTUAL_FILESYSTEM) {\n function a() {\n},\n{x: 1}\n"
        "})(function (exports) {\n},\n"
        + "\n,\n".join(json.dumps(one) for one in values)
        + "\n);\n})"
    )
    return elf([(".text", b"node")]) + payload + prelude.encode()


def nexe_program(script, resources):
    """An executable with nexe's script, resources and footer."""
    table, blob = {}, b""
    for name, data in resources:
        table[name] = [len(blob), len(data)]
        blob += data
    code = b"process.__nexe = " + json.dumps({"resources": table}).encode() + b";\n" + script
    footer = b"<nexe~~sentinel>" + struct.pack("<dd", len(code), len(blob))
    return elf([(".text", b"node")]) + code + blob + footer


def carchive(entries, cookie=88):
    """PyInstaller's archive of (name, kind, content, compressed)."""
    body, table = b"", b""
    for name, kind, content, compressed in entries:
        packed = zlib.compress(content) if compressed else content
        label = _padded(name.encode() + b"\0", 16)
        table += struct.pack(
            ">IIIIBc", 18 + len(label), len(body), len(packed), len(content), compressed, kind
        )
        table += label
        body += packed
    length = len(body) + len(table) + cookie
    end = struct.pack(">8sIIII", b"MEI\x0c\x0b\x0a\x0b\x0e", length, len(body), len(table), 311)
    return body + table + end + bytes(cookie - 24)


def pyz(modules, marshalled):
    """A PYZ archive of (name, content); `marshalled` makes its table."""
    body, table = bytearray(b"PYZ\0" + b"\xa7\r\r\n" + bytes(4) + bytes(5)), []
    for name, content in modules:
        packed = zlib.compress(content)
        table.append((name, (0, len(body), len(packed))))
        body += packed
    struct.pack_into(">I", body, 8, len(body))
    return bytes(body) + marshalled(table)


def deno_program(files, remote=()):
    """What Deno 2.1 to 2.9 make of (path, original, run) and (specifier, source, run)."""
    data, tree = b"", []

    def put(content):
        nonlocal data
        data += content
        return [len(data) - len(content), len(content)]

    for path, original, run in files:
        *folders, name = path.split("/")
        one = {"n": name, "o": put(original)}
        if run is not None:
            one["m"] = put(run)
        entry = {"File": one}
        for folder in reversed(folders):
            entry = {"Dir": {"n": folder, "e": [entry]}}
        tree.append(entry)
    header = json.dumps(tree, separators=(",", ":")).encode()
    metadata = b'{"argv":[]}'
    modules = b""
    rows = b""
    for specifier, source, run in remote:
        rows += struct.pack("<I", len(specifier)) + specifier.encode()
        rows += struct.pack("<Q", len(modules))
        modules += b"\0" + struct.pack("<I", len(source)) + source
        modules += b"\1" + struct.pack("<I", len(run)) + run if run else b"\0"
    out = b"d3n0l4nd" + struct.pack("<Q", len(metadata)) + metadata + struct.pack("<Q", 0)
    out += struct.pack("<II", len(remote), 0) + rows + struct.pack("<Q", len(modules)) + modules
    out += struct.pack("<Q", len(header)) + header + struct.pack("<Q", len(data)) + data
    return out + b"d3n0l4nd"


def eszip(modules):
    """An eszip 2.2 of (specifier, source, source map), without checksums."""
    header, sources, maps = b"", b"", b""
    for specifier, source, source_map in modules:
        header += struct.pack(">I", len(specifier)) + specifier.encode() + b"\0"
        header += struct.pack(">IIIIB", len(sources), len(source), len(maps), len(source_map), 0)
        sources += source
        maps += source_map
    out = b"ESZIP2.2" + struct.pack(">I", 4) + bytes([0, 0, 1, 0])
    for part in (header, b"", sources, maps):
        out += struct.pack(">I", len(part)) + part
    return out


def asar(files):
    """An asar archive of (path, content)."""
    tree, body = {"files": {}}, b""
    for path, content in files:
        *folders, name = path.split("/")
        place = tree
        for folder in folders:
            place = place["files"].setdefault(folder, {"files": {}})
        place["files"][name] = {"size": len(content), "offset": str(len(body))}
        body += content
    text = json.dumps(tree, separators=(",", ":")).encode()
    padded = _padded(text, 4)
    head = struct.pack("<IIII", 4, len(padded) + 8, len(padded) + 4, len(text))
    return head + padded + body


def _padded(data, to):
    return data + bytes(-len(data) % to)
