"""Answers some system calls of an agent in the kernel's place, such as `uname`.

By seccomp user notification (seccomp_unotify(2), Linux 5.0): a filter that the agent inherits hands
these calls to us, whatever it is written in, and we write into its memory what the kernel would. It
has no tracer, and all that it can see is that it has a filter, as in any container.
"""

import asyncio
import ctypes
import errno
import fcntl
import os
import platform
import select
import socket
import struct
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self

from undeclared.lab.hardware import Result
from undeclared.lab.launch import Launch

_NUMBERS = {
    "x86_64": {"uname": 63, "sysinfo": 99, "sched_getaffinity": 204},
    "aarch64": {"uname": 160, "sysinfo": 179, "sched_getaffinity": 123},
}
_SECCOMP = {"x86_64": 317, "aarch64": 277}
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

_SET_MODE_FILTER, _NEW_LISTENER = 1, 8
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_OFFSET_OF_NUMBER, _OFFSET_OF_ARCH = 0, 4
_ALLOW, _NOTIFY = 0x7FFF0000, 0x7FC00000

_RECEIVE, _SEND = 0xC0502100, 0xC0182101
_NOTIFICATION = struct.Struct("=QIIiIQ6Q")  # id, pid, flags, then struct seccomp_data
_RESPONSE = struct.Struct("=QqiI")  # id, value, error, flags


def known() -> bool:
    """Whether system calls can be answered on this machine's kind of processor."""
    return platform.machine() in _NUMBERS


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


class Facade:
    """System calls of one run that are answered here; nothing is touched if there are none.

    Entering adds the filter to the launch and serves what is asked; leaving, after the last
    process has ended, stops.
    """

    def __init__(self, calls: Mapping[str, Result], launch: Launch) -> None:
        """`calls` by name. Raises OSError on a processor whose call numbers are not known here."""
        numbers = _NUMBERS.get(platform.machine(), {})
        if calls and not numbers:
            raise OSError(f"system calls cannot be answered on {platform.machine()}")
        self._results = {numbers[name]: result for name, result in calls.items()}
        self._launch = launch
        self._ours, self._theirs = socket.socketpair()
        self._listener: int | None = None

    def _install(self) -> None:
        """Put the filter on this process and those that it will start; raises OSError."""
        instructions = _filter(tuple(self._results))
        content = ctypes.create_string_buffer(instructions, len(instructions))
        program = _Program(len(instructions) // 8, ctypes.addressof(content))
        libc = ctypes.CDLL(None, use_errno=True)
        listener = libc.syscall(
            _SECCOMP[platform.machine()], _SET_MODE_FILTER, _NEW_LISTENER, ctypes.byref(program)
        )
        if listener < 0:
            raise OSError(ctypes.get_errno(), "the seccomp filter was refused")
        socket.send_fds(self._theirs, [b"\0"], [listener])
        os.close(listener)

    def __enter__(self) -> Self:
        if self._results:
            self._launch.before = self._install
            asyncio.get_running_loop().add_reader(self._ours, self._take)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._ours)
        self._ours.close()
        self._theirs.close()
        if self._listener is not None:
            loop.remove_reader(self._listener)
            os.close(self._listener)

    def _take(self) -> None:
        _, (self._listener,), _, _ = socket.recv_fds(self._ours, 1, 1)
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._ours)
        loop.add_reader(self._listener, self._serve)

    def _serve(self) -> None:
        assert self._listener is not None  # noqa: S101
        asked = bytearray(_NOTIFICATION.size)
        try:
            fcntl.ioctl(self._listener, _RECEIVE, asked)
        except OSError:
            # Who asked was ended meanwhile, or nobody is left who could ask.
            if _deserted(self._listener):
                asyncio.get_running_loop().remove_reader(self._listener)
            return
        identifier, pid, _, number, _, _, *arguments = _NOTIFICATION.unpack(asked)
        value, error = _answer(pid, arguments, self._results[number])
        with suppress(OSError):  # it may be gone by now
            response = _RESPONSE.pack(identifier, value, -error, 0)
            fcntl.ioctl(self._listener, _SEND, bytearray(response))


def _deserted(listener: int) -> bool:
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    return any(event & select.POLLHUP for _, event in poll.poll(0))


def _answer(pid: int, arguments: list[int], result: Result) -> tuple[int, int]:
    """Write the result into a process; returns the call's value and its error number."""
    if result.room is not None and arguments[result.room] < len(result.content):
        return 0, errno.EINVAL
    try:
        memory = os.open(f"/proc/{pid}/mem", os.O_WRONLY | os.O_CLOEXEC)
    except OSError:
        return 0, errno.ESRCH
    try:
        os.pwrite(memory, result.content, arguments[result.pointer])
    except OSError:
        return 0, errno.EFAULT
    finally:
        os.close(memory)
    return result.value, 0


def _filter(numbers: tuple[int, ...]) -> bytes:
    """A classic BPF program: notify of these system calls of this processor, allow all others."""
    notify = len(numbers)
    lines = [
        (_LOAD, 0, 0, _OFFSET_OF_ARCH),
        (_JUMP_IF_EQUAL, 0, notify + 1, _AUDIT_ARCH[platform.machine()]),
        (_LOAD, 0, 0, _OFFSET_OF_NUMBER),
        *((_JUMP_IF_EQUAL, notify - index, 0, number) for index, number in enumerate(numbers)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _NOTIFY),
    ]
    return b"".join(struct.pack("=HBBI", *line) for line in lines)
