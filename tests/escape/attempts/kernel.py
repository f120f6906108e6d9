"""Attempts to get out by way of the kernel: namespaces, mounts, keys, devices, privileges."""

import ctypes
import fcntl
import os
import pty
import termios
import time

from attempting import attempt, call, escaped, held, system_call

NEWUSER, NEWNET, NEWNS, NEWPID = 0x10000000, 0x40000000, 0x00020000, 0x20000000
# Numbers of x86-64, and of aarch64.
ARM = os.uname().machine == "aarch64"


def number(intel, arm):
    return arm if ARM else intel


ADD_KEY, KEYCTL = number(248, 217), number(250, 219)
SESSION, USER = -3, -4


@attempt("keys of the host", "leave a key in the session keyring that it inherits")
def key_in_session(aims):
    name = ctypes.c_char_p(aims["key"].encode() + b"-inside")
    system_call(ADD_KEY, ctypes.c_char_p(b"user"), name, ctypes.c_char_p(b"x"), 1, SESSION)


@attempt("keys of the host", "leave a key in the user keyring")
def key_of_user(aims):
    name = ctypes.c_char_p(aims["key"].encode() + b"-inside")
    system_call(ADD_KEY, ctypes.c_char_p(b"user"), name, ctypes.c_char_p(b"x"), 1, USER)


@attempt("keys of the host", "read a key of the session keyring")
def read_key(aims):
    name = ctypes.c_char_p(aims["key"].encode())
    found = system_call(KEYCTL, 10, SESSION, ctypes.c_char_p(b"user"), name, 0)
    value = ctypes.create_string_buffer(100)
    system_call(KEYCTL, 11, found, value, 100)
    return escaped("read it") if value.value == aims["secret"].encode() else held("another key")


@attempt("keys of the host", "list them in /proc/keys")
def list_keys(_):
    with open("/proc/keys") as file:
        keys = file.read().splitlines()
    return escaped(f"{len(keys)} keys") if keys else held("the list is empty")


@attempt("kernel", "new user namespace (unshare)")
def unshare_user(_):
    call("unshare", NEWUSER)


@attempt("kernel", "new user, network, mount namespaces, and interfaces in them")
def unshare_all(_):
    call("unshare", NEWUSER | NEWNET | NEWNS)


@attempt("kernel", "new user namespace (clone)")
def clone_user(_):
    child = system_call(number(56, 220), NEWUSER | 17, 0, 0, 0, 0)
    if child == 0:
        os._exit(0)


@attempt("kernel", "new user namespace (clone3)")
def clone3_user(_):
    arguments = (ctypes.c_uint64 * 11)(NEWUSER, 0, 0, 0, 17)
    child = system_call(435, ctypes.byref(arguments), ctypes.sizeof(arguments))
    if child == 0:
        os._exit(0)


@attempt("kernel", "namespaces without a user namespace")
def unshare_net(_):
    call("unshare", NEWNET)


@attempt("namespaces of process 1", "setns")
def set_namespace(_):
    refused = []
    for kind in ("net", "mnt", "user", "pid", "ipc", "uts"):
        try:
            place = os.open(f"/proc/1/ns/{kind}", os.O_RDONLY)
            call("setns", place, 0)
        except OSError as error:
            refused.append(error.strerror)
    return held(f"refused for all: {refused[0]}") if len(refused) == 6 else None


@attempt("namespaces of the parent", "ioctl NS_GET_USERNS, NS_GET_PARENT")
def parent_namespace(_):
    place = os.open("/proc/self/ns/user", os.O_RDONLY)
    fcntl.ioctl(place, 0xB702)


def mount(source, target, kind, flags=0, data=None):
    texts = [own and ctypes.c_char_p(own.encode()) for own in (source, target, kind)]
    call("mount", *texts, ctypes.c_ulong(flags), data and ctypes.c_char_p(data.encode()))


@attempt("file systems", "mount a new one")
def mount_new(_):
    mount("none", "/tmp", "tmpfs")


@attempt("file systems", "mount the host's proc")
def mount_proc(_):
    mount("proc", "/tmp", "proc")


@attempt("file systems", "remount /usr writable")
def remount(_):
    mount(None, "/usr", None, 32 | 4096)


@attempt("file systems", "bind / elsewhere")
def bind(_):
    mount("/", "/tmp", None, 4096 | 16384)


@attempt("file systems", "overlay over /etc")
def overlay(_):
    mount("overlay", "/etc", "overlay", 0, "lowerdir=/etc,upperdir=/tmp,workdir=/tmp")


@attempt("file systems", "unmount /etc and see what is below")
def unmount(_):
    call("umount2", ctypes.c_char_p(b"/etc"), 2)


@attempt("file systems", "unmount the masks of /proc")
def unmask(_):
    call("umount2", ctypes.c_char_p(b"/proc/sys"), 2)


@attempt("file systems", "pivot_root")
def pivot_root(_):
    system_call(number(155, 41), ctypes.c_char_p(b"/tmp"), ctypes.c_char_p(b"/tmp"))


@attempt("file systems", "chroot, and out by ..")
def chroot(_):
    os.chroot("/tmp")


@attempt("file systems", "the new mount interface (open_tree, fsopen)")
def open_tree(_):
    system_call(428, -100, ctypes.c_char_p(b"/"), 1)


@attempt("file systems", "open a file by its handle (open_by_handle_at)")
def by_handle(_):
    handle = (ctypes.c_uint32 * 6)(8, 1, 2, 0)
    system_call(number(304, 265), 0, ctypes.byref(handle), 0)


@attempt("devices", "make a block device (mknod)")
def make_device(_):
    os.mknod("/tmp/disk", 0o60600, os.makedev(254, 0))


@attempt("devices", "disks, memory, kernel log, virtual machines, loop, fuse in /dev")
def devices(_):
    opened = []
    for name in (
        "mem", "kmem", "port", "kmsg", "kvm", "fuse", "loop-control", "loop0", "sda", "vda",
        "nvme0n1", "dm-0", "mapper/control", "uinput", "input/event0", "tty0", "tty1", "console",
        "ttyS0", "net/tun", "vhost-net", "vhost-vsock", "vsock", "dri/card0", "snd/seq", "rfkill",
        "cuse", "btrfs-control", "userfaultfd", "bus/usb/001/001", "hwrng", "rtc0", "watchdog",
    ):  # fmt: skip
        try:
            os.close(os.open(f"/dev/{name}", os.O_RDONLY | os.O_NONBLOCK))
        except OSError:
            continue
        opened.append(name)
    opened = [own for own in opened if own != "console"]
    return escaped(str(opened)) if opened else held("none of 33 can be opened")


@attempt("terminal of the host", "open /dev/tty")
def terminal(_):
    os.open("/dev/tty", os.O_RDWR)


@attempt("terminal of the host", "type into a terminal (TIOCSTI)")
def type_in(_):
    _, own = pty.openpty()
    os.setsid()
    fcntl.ioctl(own, termios.TIOCSCTTY, 0)
    fcntl.ioctl(own, termios.TIOCSTI, b"x")


@attempt("kernel", "bpf")
def bpf(_):
    system_call(number(321, 280), 0, ctypes.create_string_buffer(128), 128)


@attempt("kernel", "perf_event_open")
def perf(_):
    attributes = (ctypes.c_uint32 * 32)(1, 128)
    system_call(number(298, 241), ctypes.byref(attributes), 0, -1, -1, 0)


@attempt("kernel", "userfaultfd")
def user_faults(_):
    system_call(number(323, 282), 1)


@attempt("kernel", "read the kernel's log (syslog)")
def kernel_log(_):
    call("klogctl", 3, ctypes.create_string_buffer(4096), 4096)


@attempt("kernel", "load a module")
def module(_):
    system_call(number(175, 105), ctypes.create_string_buffer(16), 16, ctypes.c_char_p(b""))


@attempt("kernel", "reboot (a harmless command of it)")
def reboot(_):
    call("reboot", 0)


@attempt("clock of the host", "set it, to what it is")
def set_clock(_):
    time.clock_settime(time.CLOCK_REALTIME, time.clock_gettime(time.CLOCK_REALTIME))


@attempt("name of the host", "sethostname")
def set_name(_):
    call("sethostname", ctypes.c_char_p(b"out"), 3)


@attempt("privileges", "become root (setuid, setgid, setgroups)")
def become_root(_):
    refused = 0
    for function in (lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.setgroups([0])):
        try:
            function()
        except OSError:
            refused += 1
    return held("EPERM, EINVAL for all") if refused == 3 else None


@attempt("privileges", "any capability")
def capabilities(_):
    lines = dict(line.split(":", 1) for line in open("/proc/self/status") if ":" in line)
    sets = {
        name: int(lines[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
    }
    kept = [name for name, own in sets.items() if own]
    return escaped(str(kept)) if kept else held("all five sets are empty")


@attempt("privileges", "clear no_new_privs")
def new_privileges(_):
    call("prctl", 38, 0, 0, 0, 0)


@attempt("privileges", "drop the filter of system calls")
def drop_filter(_):
    lines = dict(line.split(":", 1) for line in open("/proc/self/status") if ":" in line)
    if lines["Seccomp"].strip() != "2":
        return escaped("there is none")
    call("prctl", 22, 0, 0, 0, 0)
    return None


@attempt(
    "other programs", "raise its own priority (nice, real time, out of the memory killer's way)"
)
def priority(_):
    refused = 0
    for function in (
        lambda: os.nice(-5),
        lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50)),
        lambda: open("/proc/self/oom_score_adj", "w", buffering=1).write("-1000\n"),
    ):
        try:
            function()
        except OSError:
            refused += 1
    return held("refused, all three") if refused == 3 else escaped(f"{3 - refused} of 3 worked")
