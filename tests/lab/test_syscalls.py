import errno
import re
import struct
from pathlib import Path

import pytest

from undeclared.lab import syscalls

ALLOWED, FAILED = 0x7FFF0000, 0x00050000
NATIVE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


def decide(program, machine, number, *arguments):
    """What a filter says of one call: a small interpreter of the instructions that it uses."""
    values = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("<IIQ6Q", number, machine, 0, *values)
    steps = list(struct.iter_unpack("<HBBI", program))
    at, loaded = 0, 0
    while True:
        code, then, otherwise, operand = steps[at]
        at += 1
        if code == 0x06:
            return operand
        if code == 0x20:
            (loaded,) = struct.unpack_from("<I", data, operand)
        else:
            true = {
                0x15: loaded == operand,
                0x35: loaded >= operand,
                0x45: bool(loaded & operand),
            }[code]
            at += then if true else otherwise


@pytest.mark.parametrize("machine", NATIVE)
def test_what_is_listed_fails_and_the_rest_stays(machine):
    program, native = syscalls.program(machine), NATIVE[machine]
    column = list(NATIVE).index(machine)
    listed = {
        numbers[column]: group.error
        for group in syscalls.REFUSED
        for numbers in group.numbers.values()
    }
    special = {names[column] for names in ((41, 198), (53, 199), (56, 220), (272, 97), (16, 29))}
    for number in range(500):
        if number not in special:
            expected = FAILED | listed[number] if number in listed else ALLOWED
            assert decide(program, native, number) == expected, number


@pytest.mark.parametrize(
    ("number", "arguments", "said"),
    [
        (41, (1, 1, 0), 0),
        (41, (2, 2, 0), 0),
        (41, (10, 1, 0), 0),
        (41, (16, 3, 0), 0),
        (41, (16, 3, 4), errno.EAFNOSUPPORT),  # NETLINK_SOCK_DIAG
        (41, (40, 1, 0), errno.EAFNOSUPPORT),  # AF_VSOCK
        (41, (17, 3, 0), errno.EAFNOSUPPORT),  # AF_PACKET
        (53, (30, 1, 0), errno.EAFNOSUPPORT),  # AF_TIPC
        (56, (0x01200011,), 0),  # what fork does
        (56, (0x3D0F00,), 0),  # what a new thread is made with
        (56, (0x10000011,), errno.EPERM),
        (56, (0x40000011,), errno.EPERM),
        (272, (0x400,), 0),
        (272, (0x10000000,), errno.EPERM),
        (272, (0x80,), errno.EPERM),
        (16, (0, 0x5401), 0),
        (16, (0, 0x5412), errno.EPERM),
        (16, (0, 0xFFFFFFFF00005412), errno.EPERM),  # the kernel looks at the lower half only
        (0x40000000 + 41, (40,), errno.ENOSYS),
    ],
)
def test_arguments_decide_where_they_matter(number, arguments, said):
    expected = FAILED | said if said else ALLOWED
    assert decide(syscalls.program("x86_64"), NATIVE["x86_64"], number, *arguments) == expected


def test_other_architectures_have_other_numbers():
    assert decide(syscalls.program("x86_64"), 0x40000003, 0) == FAILED | errno.ENOSYS
    with pytest.raises(OSError, match="riscv64"):
        syscalls.program("riscv64")


@pytest.mark.parametrize(
    ("column", "header"),
    [(0, "x86_64-linux-gnu/asm/unistd_64.h"), (1, "asm-generic/unistd.h")],
    ids=["x86_64", "aarch64"],
)
def test_the_numbers_are_those_of_the_kernels_headers(column, header):
    file = Path("/usr/include", header)
    if not file.exists():
        pytest.skip("the kernel's headers are not installed")
    known = {
        name: int(number)
        for name, number in re.findall(r"#define __NR3?_?(\w+)\s+(\d+)", file.read_text())
    }
    for group in syscalls.REFUSED:
        for name, numbers in group.numbers.items():
            assert known.get(name, numbers[column]) == numbers[column], name
    assert known["bpf"]
