import io
import tarfile

import pytest

from undeclared.unpack.tar import Reader, TarError


def read(raw):
    reader = Reader(io.BytesIO(raw))
    return [(one.path, one.kind, b"".join(reader.content())) for one in reader]


def header(
    path=b"p/a", size=b"00000000000\0", kind=b"0", magic=b"ustar\x0000", prefix=b"", link=b""
):
    block = bytearray(512)
    block[: len(path)] = path
    block[100:108] = b"0000644\0"
    block[124 : 124 + len(size)] = size
    block[148:156] = b" " * 8
    block[156:157] = kind
    block[157 : 157 + len(link)] = link
    block[257:265] = magic
    block[345 : 345 + len(prefix)] = prefix
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def pax(*records):
    text = b""
    for record in records:
        length = len(record) + 3
        while len(b"%d %s\n" % (length, record)) != length:
            length += 1
        text += b"%d %s\n" % (length, record)
    size = b"%011o\0" % len(text)
    return header(b"PaxHeader", size, b"x") + text + bytes(-len(text) % 512)


END = bytes(1024)


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("length", [5, 99, 100, 101, 150, 240])
def test_every_format_and_length_of_name_is_read(form, length):
    path = "top/" + "d" * 20 + "/" + "n" * (length - 25) if length > 25 else "t" * length
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=form) as tar:
        member = tarfile.TarInfo(path)
        member.size = 513
        try:
            tar.addfile(member, io.BytesIO(b"x" * 513))
        except ValueError:
            assert form == tarfile.USTAR_FORMAT
            return
    assert read(packed.getvalue()) == [(path.encode(), b"0", b"x" * 513)]


def test_content_that_is_not_asked_for_is_passed_over():
    raw = header(size=b"00000001001\0") + b"x" * 513 + bytes(511) + header(b"p/b") + END
    assert [one.path for one in Reader(io.BytesIO(raw))] == [b"p/a", b"p/b"]


def test_old_archives_say_folder_with_a_slash_and_file_with_nothing():
    raw = header(b"p/", kind=b"\0", magic=bytes(8)) + header(b"p/a", kind=b"\0") + END
    assert read(raw) == [(b"p/", b"5", b""), (b"p/a", b"0", b"")]


def test_a_prefix_counts_only_where_the_format_has_one():
    ustar = header(prefix=b"top") + END
    gnu = header(prefix=b"top", magic=b"ustar  \0") + END
    assert [one[0] for one in read(ustar) + read(gnu)] == [b"top/p/a", b"p/a"]


def test_a_base_256_size_is_read():
    raw = header(size=b"\x80" + (3).to_bytes(11, "big")) + b"abc" + bytes(509) + END
    assert read(raw) == [(b"p/a", b"0", b"abc")]


def test_a_pax_header_names_path_and_size_of_one_member():
    raw = pax(b"path=p/long", b"size=3", b"comment==") + header() + b"abc" + bytes(509)
    assert read(raw + header() + END) == [(b"p/long", b"0", b"abc"), (b"p/a", b"0", b"")]


def test_one_empty_block_is_passed_over_and_two_are_the_end():
    assert len(read(header() + bytes(512) + header() + END)) == 2
    assert len(read(header() + END + header())) == 1


def test_an_archive_may_end_without_empty_blocks():
    assert len(read(header() + header())) == 2


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (header()[:-1], "within a block"),
        (header(size=b"00000000002\0") + b"x", "within a file"),
        (header(size=b"00000000002\0") + b"xx", "within a block"),
        (header().replace(b"p/a", b"p/b"), "checksum"),
        (header(size=b"0000000009\0"), "not octal"),
        (header(size=b"\xff" * 12), "negative"),
        (header(b""), "no usable name"),
        (header(kind=b"2", size=b"00000001000\0", link=b"a"), "link or device has content"),
        (header(kind=b"x", size=b"77777777777\0"), "extension of"),
        (header(kind=b"L", size=b"77777777777\0"), "extension of"),
        (header(kind=b"1"), "link without"),
        (header(link=b"a"), "target without"),
        (pax(b"linkpath=a") + header(), "target without"),
        (header(b"K", b"00000000000\0", b"K") + header(), "target without"),
        *((header(kind=kind), "kind") for kind in (b"7", b"S", b"Z", b"N", b"X", b"\xff")),
        (pax(b"path=p/b"), "ends after a header extension"),
        (pax(b"path=p/\0b") + header(), "no usable name"),
        (pax(b"size=-1") + header(), "no number"),
        (pax(b"path=p/b").replace(b"path=", b"path_") + header(), "damaged"),
        (pax(b"path=p/b").replace(b"12 path", b"99 path") + header(), "damaged"),
        (pax(b"path=p/b").replace(b"12 path", b"00 path") + header(), "damaged"),
        (header(b"g", b"%011o\0" % 12, b"g") + b"12 path=p/b\n" + bytes(500), "global"),
    ],
)
def test_every_doubt_ends_the_reading(raw, words):
    with pytest.raises(TarError, match=words):
        read(raw)
