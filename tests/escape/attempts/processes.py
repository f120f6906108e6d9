"""Attempts on other processes, and on memory that processes share."""

import contextlib
import ctypes
import os
import signal

from attempting import attempt, call, escaped, held, system_call


@attempt("processes of the host", "see one: its process id, its command line")
def see(aims):
    lines = []
    for process in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{process}/cmdline") as file:
            lines.append(file.read())
    if any(aims["secret"] in own for own in lines):
        return escaped("its command line")
    return held(f"{len(lines)} processes, all its own")


@attempt("processes of the host", "send it a signal")
def send_signal(aims):
    os.kill(aims["process"], 0)
    return namesake(aims)


@attempt("processes of the host", "hold it (pidfd_open)")
def hold(aims):
    os.pidfd_open(aims["process"])
    return namesake(aims)


@attempt("processes of the host", "trace it (ptrace)")
def trace(aims):
    call("ptrace", 16, aims["process"], 0, 0)
    # A process of its own may have that number, and would stand still for good.
    os.waitpid(aims["process"], 0x40000000)
    call("ptrace", 17, aims["process"], 0, 0)
    return namesake(aims)


@attempt("processes of the host", "read its memory (process_vm_readv)")
def read_memory(aims):
    buffer = ctypes.create_string_buffer(8)
    own = (ctypes.c_size_t * 2)(ctypes.addressof(buffer), 8)
    its = (ctypes.c_size_t * 2)(aims["memory"], 8)
    call("process_vm_readv", aims["process"], ctypes.byref(own), 1, ctypes.byref(its), 1, 0)
    return namesake(aims)


@attempt("processes of the host", "take a descriptor of it (pidfd_getfd)")
def take_descriptor(aims):
    system_call(438, os.pidfd_open(aims["process"]), 0, 0)
    return namesake(aims)


def namesake(aims):
    """It worked on a process with that number: is it the one outside?"""
    with open(f"/proc/{aims['process']}/cmdline") as file:
        return escaped("it worked") if aims["secret"] in file.read() else held("one of its own")


@attempt("environment of others", "/proc/*/environ of what it did not start")
def environments(_):
    with open("/proc/1/environ") as file:
        found = file.read()
    return escaped(found) if found else held("that of process 1 is empty")


@attempt("the lab's worker", "be its child: signal, trace the process before process 1")
def worker(_):
    refused = 0
    for function in (
        lambda: os.kill(0x3FFFFF, 0),
        lambda: call("ptrace", 16, 0x3FFFFF, 0, 0),
        lambda: os.kill(1, signal.SIGTERM) or os.kill(1, signal.SIGKILL) or alive(),
    ):
        try:
            function()
        except OSError:
            refused += 1
    return held("not to be named; its own process 1 ignores signals") if refused == 3 else None


def alive():
    """Process 1 of a namespace gets no signal that it does not handle."""
    os.kill(1, 0)
    raise OSError("still there")


@attempt("shared memory of the host", "System V shared memory, by its key")
def shared_memory(aims):
    found = call("shmget", aims["ipc_key"], 8, 0)
    attach = ctypes.CDLL(None).shmat
    attach.restype = ctypes.c_void_p
    return escaped(ctypes.string_at(attach(found, None, 0), 8).decode())


@attempt("shared memory of the host", "System V message queue, by its key")
def message_queue(aims):
    call("msgget", aims["ipc_key"], 0)


@attempt("shared memory of the host", "System V semaphores, by their key")
def semaphores(aims):
    call("semget", aims["ipc_key"], 1, 0)


@attempt("shared memory of the host", "POSIX message queue, by its name")
def posix_queue(aims):
    call("mq_open", ctypes.c_char_p(aims["queue"].encode()), 0)
