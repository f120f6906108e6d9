"""What holds an agent beyond its namespaces: no capability, no system-wide /proc, fewer calls."""

from pathlib import Path

_READ_ONLY = ("acpi", "bus", "driver", "fs", "irq", "scsi", "sys")
_HIDDEN = (
    "kallsyms", "kcore", "key-users", "keys", "kmsg", "kpagecgroup", "kpagecount", "kpageflags",
    "latency_stats", "mtrr", "sched_debug", "sysrq-trigger", "timer_list", "timer_stats",
)  # fmt: skip


def arguments() -> list[str]:
    """Arguments of bubblewrap, to stand right after those that make /proc.

    Much of /proc belongs to the machine's root and is about the whole machine: sysctls such as
    `kernel.core_pattern`, which names a program that the kernel starts outside. If root starts the
    lab, an agent without any capability is still the owner of these files, so the kernel lets it
    write them (`test_perm` in fs/proc/proc_sysctl.c). Container engines mask the same names.
    """
    found = ["--cap-drop", "ALL"]
    for name in _READ_ONLY:
        if (place := Path("/proc", name)).exists():
            found += ["--ro-bind", str(place), str(place)]
    for name in _HIDDEN:
        if (place := Path("/proc", name)).exists():
            found += ["--ro-bind", "/dev/null", str(place)]
    return found
