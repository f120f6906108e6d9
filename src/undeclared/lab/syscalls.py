"""System calls that no agent needs, and that reach past its namespaces or deep into the kernel.

The list is a classic BPF program for seccomp (seccomp(2), `Documentation/userspace-api/
seccomp_filter.rst` of the kernel). Everything that is not listed stays as it is: an agent should
find an ordinary machine. What is listed is refused by container engines too, so agents cope.
"""

import os
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from errno import EAFNOSUPPORT, ENOSYS, EPERM

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""AUDIT_ARCH_* of <linux/audit.h>."""

_FIRST_X32 = 0x40000000
"""x86-64 has a second set of numbers from here on; programs for it do not exist in practice."""

_NAMESPACES = 0x7E020000
"""CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET of <linux/sched.h>."""
_TIME_NAMESPACE = 0x80
"""CLONE_NEWTIME; in clone(2) the same bit belongs to the signal."""

_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C
_UNIX, _INET, _INET6, _NETLINK = 1, 2, 10, 16
_NETLINK_ROUTE = 0


@dataclass(frozen=True, slots=True)
class Refused:
    """System calls that always fail."""

    why: str
    numbers: Mapping[str, tuple[int, int]]
    """By name: the number on x86_64 and on aarch64; -1 where there is none."""
    error: int = EPERM


REFUSED = (
    Refused(
        "keys outlive the run, and a session's keys are the same inside and outside",
        {"add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219)},
        ENOSYS,
    ),
    Refused(
        "it opens sockets and files without any system call that a filter sees",
        {"io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
         "io_uring_register": (427, 427)},
        ENOSYS,
    ),
    Refused(
        "new namespaces make an ordinary user root over much of the kernel",
        {"setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
         "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
         "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
         "mount_setattr": (442, 442)},
    ),
    Refused(
        "its flags lie in memory, where a filter cannot look; C libraries then use clone",
        {"clone3": (435, 435)},
        ENOSYS,
    ),
    Refused(
        "they show or change what the whole machine shares",
        {"syslog": (103, 116), "acct": (163, 89), "settimeofday": (164, 170),
         "swapon": (167, 224), "swapoff": (168, 225), "reboot": (169, 142),
         "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
         "clock_settime": (227, 112), "kexec_load": (246, 104), "kexec_file_load": (320, 294),
         "open_by_handle_at": (304, 265), "quotactl": (179, 60), "quotactl_fd": (443, 443)},
    ),
    Refused(
        "they watch or steer the kernel, and many a way out began with one of them",
        {"bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
         "fanotify_init": (300, 262)},
    ),
)  # fmt: skip

_SOCKET = {"socket": (41, 198), "socketpair": (53, 199)}
_CLONE = (56, 220)
_UNSHARE = (272, 97)
_IOCTL = (16, 29)

# One instruction is {code, jump if true, jump if false, operand}: <linux/filter.h>.
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000

Instruction = tuple[int, int, int, int]


def available() -> bool:
    """Whether there is a filter for this machine's processor."""
    return os.uname().machine in _ARCHITECTURES


def program(machine: str | None = None) -> bytes:
    """The filter, as `bwrap --seccomp` takes it; for this machine's processor if none is named.

    Raises OSError for a processor whose numbers are not known here.
    """
    machine = machine or os.uname().machine
    if machine not in _ARCHITECTURES:
        raise OSError(ENOSYS, f"system calls of {machine} processors are not known to the lab")
    column = list(_ARCHITECTURES).index(machine)
    return b"".join(struct.pack("<HBBI", *step) for step in _steps(column))


def _steps(column: int) -> Iterator[Instruction]:
    yield (_LOAD, 0, 0, _ARCHITECTURE_AT)
    # Programs for another architecture, such as 32-bit ones, have other numbers.
    yield from _unless((_EQUAL, list(_ARCHITECTURES.values())[column]), [_refuse(ENOSYS)])
    yield (_LOAD, 0, 0, _NUMBER_AT)
    if column == 0:
        yield from _when((_AT_LEAST, _FIRST_X32), [_refuse(ENOSYS)])
    for refused in REFUSED:
        for numbers in refused.numbers.values():
            yield from _when((_EQUAL, numbers[column]), [_refuse(refused.error)])
    for numbers in _SOCKET.values():
        yield from _when((_EQUAL, numbers[column]), _families())
    for numbers, bits in ((_CLONE, _NAMESPACES), (_UNSHARE, _NAMESPACES | _TIME_NAMESPACE)):
        flags = [_argument(0), *_when((_ANY_BIT, bits), [_refuse(EPERM)]), _allow()]
        yield from _when((_EQUAL, numbers[column]), flags)
    typing = [
        step for own in (_TIOCSTI, _TIOCLINUX) for step in _when((_EQUAL, own), [_refuse(EPERM)])
    ]
    yield from _when((_EQUAL, _IOCTL[column]), [_argument(1), *typing, _allow()])
    yield _allow()


def _families() -> list[Instruction]:
    """Of sockets, those that stay in the network namespace; AF_VSOCK for one does not."""
    route = [_argument(2), *_when((_EQUAL, _NETLINK_ROUTE), [_allow()]), _refuse(EAFNOSUPPORT)]
    return [
        _argument(0),
        *(step for own in (_UNIX, _INET, _INET6) for step in _when((_EQUAL, own), [_allow()])),
        *_when((_EQUAL, _NETLINK), route),
        _refuse(EAFNOSUPPORT),
    ]


def _when(test: tuple[int, int], steps: Iterable[Instruction]) -> list[Instruction]:
    inner = list(steps)
    return [(test[0], 0, len(inner), test[1]), *inner]


def _unless(test: tuple[int, int], steps: Iterable[Instruction]) -> list[Instruction]:
    inner = list(steps)
    return [(test[0], len(inner), 0, test[1]), *inner]


def _argument(index: int) -> Instruction:
    """Load the lower half of an argument; the flags and families in question are that short."""
    return (_LOAD, 0, 0, _ARGUMENTS_AT + 8 * index)


def _refuse(error: int) -> Instruction:
    return (_RETURN, 0, 0, _ERROR | error)


def _allow() -> Instruction:
    return (_RETURN, 0, 0, _ALLOW)
