"""Attempts to read or write a file that is not the agent's own."""

import os
import subprocess

from attempting import attempt, escaped, held


def write(place):
    with open(place, "ab") as file:
        file.write(b"")


def each(places, function):
    """Held if every one is refused."""
    done = []
    for place in places:
        try:
            function(place)
        except OSError:
            continue
        done.append(place)
    return escaped(f"done: {done}") if done else held(f"refused, all {len(places)}")


@attempt("a file of the host", "read it by its path")
def read_sentinel(aims):
    with open(aims["sentinel"]) as file:
        return escaped("read it") if aims["secret"] in file.read() else held("another file")


@attempt("a file of the host", "write it by its path")
def write_sentinel(aims):
    with open(aims["sentinel"], "r+") as file:
        file.write("inside")


@attempt("a file of the host", "by the roots of all processes (/proc/*/root, /proc/*/cwd)")
def through_proc(aims):
    for process in filter(str.isdigit, os.listdir("/proc")):
        for way in ("root", "cwd", "cwd/../../../../.."):
            try:
                with open(f"/proc/{process}/{way}{aims['sentinel']}") as file:
                    return escaped(f"read by /proc/{process}/{way}: {file.read(20)}")
            except OSError:
                continue
    return held("it is below none of them")


@attempt("a file of the host", "shared memory in /dev/shm")
def shared_memory_file(aims):
    with open(f"/dev/shm/{aims['shm_file']}") as file:
        return escaped(file.read())


@attempt(
    "folders of the host", "list the homes, /root, /srv, /mnt, /media, /var, /run, /sys, /boot"
)
def folders(_):
    places = (
        "/root", "/srv", "/mnt", "/media", "/boot", "/sys/kernel", "/sys/class/net", "/sys/fs",
        "/var/log", "/var/lib/dpkg", "/var/lib/docker", "/var/lib/systemd", "/var/spool",
        "/var/cache", "/lost+found", "/etc/fstab", "/etc/sudoers", "/etc/systemd",
    )  # fmt: skip
    seen = [place for place in places if os.path.exists(place)]
    seen += [f"/home/{own}" for own in os.listdir("/home") if own != "dev"]
    seen += [f"/run/{own}" for own in os.listdir("/run")]
    return escaped(f"there: {seen}") if seen else held("none of them is there")


@attempt("a file of the host", "passwords and keys")
def secrets(_):
    home = "/root"
    return each(
        ("/etc/shadow", f"{home}/.ssh/id_rsa", f"{home}/.netrc", "/etc/ssl/private",
         "/etc/krb5.keytab", "/etc/ssh/ssh_host_ed25519_key", f"{home}/.npmrc"), os.stat,
    )  # fmt: skip


@attempt("the system's files", "write in each folder")
def write_system(_):
    folders = (
        "/", "/usr", "/usr/bin", "/usr/lib", "/etc", "/opt", "/opt/agent", "/dev", "/run", "/var",
        "/home", "/proc", "/usr/share/zoneinfo", "/usr/local/bin", "/etc/ssl/certs",
    )  # fmt: skip
    return each([f"{folder}/own" for folder in folders], write)


@attempt("the system's files", "write to what is there")
def write_existing(_):
    return each(
        ("/usr/bin/env", "/etc/passwd", "/etc/resolv.conf", "/etc/ssl/certs/ca-certificates.crt",
         "/opt/agent/run.py", "/usr/bin/python3", "/proc/self/exe", "/etc/ld.so.cache"), write,
    )  # fmt: skip


@attempt("the system's files", "write through a symbolic link of its own")
def write_symlink(_):
    os.symlink("/usr/bin", "/tmp/link-out")
    write("/tmp/link-out/own")


@attempt("the system's files", "a hard link to a program of the system")
def hard_link(_):
    os.link("/usr/bin/env", "/tmp/env")


@attempt("the system's files", "a hard link to a file of /etc")
def hard_link_etc(_):
    os.link("/etc/passwd", "/tmp/passwd")


@attempt("the system's files", "write through /proc/self/root and the descriptor of a folder")
def write_descriptor(_):
    folder = os.open("/usr", os.O_RDONLY | os.O_DIRECTORY)
    try:
        write(f"/proc/self/{'root'}/etc/own")
    except OSError:
        os.close(os.open("own", os.O_WRONLY | os.O_CREAT, dir_fd=folder))


@attempt("the system's files", "out of its root by .. from a descriptor")
def dot_dot(_):
    here = os.open("/", os.O_RDONLY | os.O_DIRECTORY)
    for _ in range(20):
        here = os.open("..", os.O_RDONLY | os.O_DIRECTORY, dir_fd=here)
    same = os.fstat(here).st_ino == os.stat("/").st_ino
    return held("it ends at its own root") if same else escaped("another root")


@attempt("descriptors", "any that it inherits beyond standard input and outputs")
def inherited(_):
    found = os.environ["INHERITED"]
    return escaped(found) if found else held("only 0, 1 and 2 were open when it began")


@attempt("sysctls of the host", "write them, with the values that they have")
def sysctls(_):
    def again(name):
        with open(f"/proc/sys/{name}") as file:
            value = file.read()
        with open(f"/proc/sys/{name}", "w") as file:
            file.write(value)

    return each(
        ("kernel/core_pattern", "kernel/modprobe", "kernel/hostname", "kernel/pid_max",
         "kernel/randomize_va_space", "vm/swappiness", "vm/overcommit_memory", "fs/file-max",
         "net/ipv4/ip_forward", "net/ipv4/ip_local_port_range", "net/ipv6/conf/all/forwarding",
         "net/ipv4/ping_group_range", "user/max_user_namespaces", "fs/suid_dumpable"), again,
    )  # fmt: skip


@attempt("kernel", "sysrq, kernel memory, page maps and interrupts in /proc")
def proc_files(_):
    opened = []
    for name in (
        "kcore",
        "kmsg",
        "kpagecount",
        "kpageflags",
        "timer_list",
        "kallsyms",
        "sched_debug",
    ):
        try:
            with open(f"/proc/{name}", "rb", buffering=0) as file:
                opened += [name] if file.read(8) else []
        except OSError:
            continue
    for name in ("sysrq-trigger", "irq/default_smp_affinity", "mtrr", "scsi/scsi", "acpi/wakeup"):
        try:
            descriptor = os.open(f"/proc/{name}", os.O_WRONLY)
        except OSError:
            continue
        opened += [] if os.fstat(descriptor).st_rdev == os.makedev(1, 3) else [name]
    return escaped(f"open: {opened}") if opened else held("empty or refused, all 12")


@attempt("privileges", "set-uid programs of the system")
def set_uid(_):
    found = 0
    for folder in ("/usr/bin", "/usr/sbin", "/usr/lib/openssh", "/usr/libexec"):
        for name in os.listdir(folder) if os.path.isdir(folder) else ():
            place = f"{folder}/{name}"
            if os.path.isfile(place) and os.stat(place).st_mode & 0o6000:
                found += 1
    for command in (["su", "-c", "id -u"], ["mount", "-t", "tmpfs", "none", "/tmp"],
                    ["sudo", "-n", "id", "-u"], ["newgrp", "root"]):  # fmt: skip
        try:
            done = subprocess.run(command, capture_output=True, timeout=2, stdin=subprocess.DEVNULL)
        except (OSError, subprocess.TimeoutExpired):
            continue
        if done.stdout.strip() == b"0" or (done.returncode == 0 and command[0] == "mount"):
            return escaped(" ".join(command))
    return held(f"{found} there, none gives anything")


@attempt("privileges", "a set-uid root program of its own")
def own_set_uid(_):
    with open("/tmp/root", "w") as file:
        os.fchown(file.fileno(), 0, 0)
