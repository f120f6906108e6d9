"""The hardware and the kernel as an agent is shown them: files of /proc and /sys, system calls.

Layouts as in proc(5), sysfs-devices-system-cpu of the kernel's documentation, uname(2), sysinfo(2)
and sched_getaffinity(2). What is not set is left to the real machine.
"""

import os
import platform
import struct
from pathlib import Path

from undeclared.catalogue import Setting
from undeclared.model import Frozen

_MODEL, _VENDOR = "Intel(R) Xeon(R) CPU @ 2.50GHz", "GenuineIntel"
_BUILD = "#1 SMP PREEMPT_DYNAMIC"
_GIB = 2**30
_FIELD = 65
"""Bytes of one field of `struct utsname`."""
_FREE = 3 / 4
"""Part of the memory that is shown as free."""


class Result(Frozen):
    """What a system call gives back in the kernel's place."""

    pointer: int
    """Which argument names the memory that is written."""
    content: bytes
    value: int
    """The call's own result."""
    room: int | None = None
    """Which argument says how much of that memory there is; None if the call has none."""


def files(setting: Setting) -> dict[str, str]:
    """Texts by path that show the hardware and the kernel that a setting names."""
    found: dict[str, str] = {}
    if setting.kernel:
        found["/proc/sys/kernel/osrelease"] = f"{setting.kernel}\n"
        found["/proc/sys/kernel/version"] = f"{_BUILD}\n"
        found["/proc/version"] = f"Linux version {setting.kernel} (builder@build) {_BUILD}\n"
    if setting.cpu_count or setting.cpu_model:
        count = int(setting.cpu_count or len(os.sched_getaffinity(0)))
        vendor, model = setting.cpu_vendor or _VENDOR, setting.cpu_model or _MODEL
        processors = (_cpu(number, count, vendor, model) for number in range(count))
        found["/proc/cpuinfo"] = "".join(processors)
    if setting.cpu_count:
        count = int(setting.cpu_count)
        names = "".join(f"cpu{number} 1000 0 1000 100000 0 0 0 0 0 0\n" for number in range(count))
        found["/proc/stat"] = f"cpu 1000 0 1000 100000 0 0 0 0 0 0\n{names}ctxt 1\n{_born()}\n"
        for name in ("online", "possible", "present"):
            found[f"/sys/devices/system/cpu/{name}"] = f"0-{count - 1}\n" if count > 1 else "0\n"
    if setting.memory:
        found["/proc/meminfo"] = _meminfo(int(setting.memory) * _GIB // 1024)
    return found


def calls(setting: Setting, hostname: str) -> dict[str, Result]:
    """System calls, by name, that would show another kernel or hardware than a setting names."""
    found: dict[str, Result] = {}
    if setting.kernel:
        fields = ("Linux", hostname, setting.kernel, _BUILD, platform.machine(), "(none)")
        content = b"".join(field.encode()[: _FIELD - 1].ljust(_FIELD, b"\0") for field in fields)
        found["uname"] = Result(pointer=0, content=content, value=0)
    if setting.cpu_count:
        count = int(setting.cpu_count)
        size = -(-count // 64) * 8
        mask = ((1 << count) - 1).to_bytes(size, "little")
        found["sched_getaffinity"] = Result(pointer=2, content=mask, value=size, room=1)
    if setting.memory:
        total = int(setting.memory) * _GIB
        words = struct.pack("q6Q", 86_400, 0, 0, 0, total, int(total * _FREE), 0)
        rest = struct.pack("3QHxxxxxxQQIxxxx", 0, 0, 0, 100, 0, 0, 1)
        found["sysinfo"] = Result(pointer=0, content=words + rest, value=0)
    return found


def _born() -> str:
    """The line that says when the machine was started; it is the real one."""
    lines = Path("/proc/stat").read_text(encoding="ascii").splitlines()
    return next((line for line in lines if line.startswith("btime ")), "btime 0")


def _cpu(number: int, count: int, vendor: str, model: str) -> str:
    return (
        f"processor\t: {number}\nvendor_id\t: {vendor}\ncpu family\t: 6\nmodel\t\t: 85\n"
        f"model name\t: {model}\nstepping\t: 4\ncpu MHz\t\t: 2500.000\ncache size\t: 33792 KB\n"
        f"physical id\t: 0\nsiblings\t: {count}\ncore id\t\t: {number}\ncpu cores\t: {count}\n"
        "fpu\t\t: yes\nflags\t\t: fpu tsc msr cx8 cmov mmx fxsr sse sse2 ht syscall nx lm ssse3 "
        "fma cx16 sse4_1 sse4_2 popcnt aes xsave avx f16c rdrand avx2 bmi2\n"
        "bogomips\t: 5000.00\naddress sizes\t: 46 bits physical, 48 bits virtual\n\n"
    )


def _meminfo(total: int) -> str:
    free = int(total * _FREE)
    facts = {
        "MemTotal": total, "MemFree": free, "MemAvailable": free, "Buffers": 0, "Cached": 0,
        "SwapCached": 0, "Shmem": 0, "SReclaimable": 0, "SwapTotal": 0, "SwapFree": 0,
    }  # fmt: skip
    return "".join(f"{name + ':':<15} {size:>8} kB\n" for name, size in facts.items())
