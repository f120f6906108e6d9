"""Acts that are runs of their own: to leave something behind, to look for it, to use too much."""

import contextlib
import ctypes
import json
import os
import signal
import socket
import sys
import time

from kernel import ADD_KEY, SESSION, USER, system_call

NAME = "left-behind"
KEY = 0x5EED
HOME = "/home/dev"


def leave(_):
    """As much as possible for the next run to find."""
    for folder in (HOME, f"{HOME}/project", "/tmp", "/dev/shm", "/var/tmp"):
        with open(f"{folder}/{NAME}", "w") as file:
            file.write("first run")
    shared = ctypes.CDLL(None).shmget(KEY, 4096, 0o1666)
    queue = ctypes.CDLL(None).msgget(KEY, 0o1666)
    for keyring in (SESSION, USER):
        with contextlib.suppress(OSError):
            name = ctypes.c_char_p(NAME.encode())
            system_call(ADD_KEY, ctypes.c_char_p(b"user"), name, ctypes.c_char_p(b"x"), 1, keyring)
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", 80), 1) as own:
        own.shutdown(socket.SHUT_WR)
        own.recv(1)
    daemons = [daemon(number) for number in range(3)]
    print(json.dumps({"shared": shared >= 0, "queue": queue >= 0, "daemons": len(daemons)}))


def daemon(number):
    """A process of no parent, no terminal and no mercy, which listens."""
    ready, told = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for own in set(signal.valid_signals()) - {signal.SIGKILL, signal.SIGSTOP}:
                with contextlib.suppress(OSError, ValueError):
                    signal.signal(own, signal.SIG_IGN)
            os.closerange(0, 3)
            socks = [
                socket.socket(socket.AF_UNIX),
                socket.socket(),
                socket.socket(type=socket.SOCK_DGRAM),
            ]
            socks[0].bind(f"\0{NAME}-{number}")
            socks[1].bind(("127.0.0.1", 45670 + number))
            socks[2].bind(("127.0.0.1", 45670 + number))
            socks[0].listen()
            socks[1].listen()
            os.write(told, b"x")
            while True:
                time.sleep(60)
        os._exit(0)
    os.wait()
    os.read(ready, 1)
    return number


def look(_):
    """Whatever the run before has left; each entry would be a leak."""
    found = []
    for folder in (HOME, f"{HOME}/project", "/tmp", "/dev/shm", "/var/tmp"):
        found += [f"{folder}/{name}" for name in os.listdir(folder) if name == NAME]
    if ctypes.CDLL(None).shmget(KEY, 0, 0) >= 0:
        found.append("System V shared memory")
    if ctypes.CDLL(None).msgget(KEY, 0) >= 0:
        found.append("System V message queue")
    for number in range(3):
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as own:
            own.connect(f"\0{NAME}-{number}")
            found.append(f"abstract socket {number}")
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            with socket.socket(type=kind) as own:
                try:
                    own.bind(("127.0.0.1", 45670 + number))
                except OSError:
                    found.append(f"port {45670 + number}")
    with open("/proc/net/unix") as file:
        found += [line.split()[-1] for line in file if NAME in line]
    with contextlib.suppress(OSError), open("/proc/keys") as file:
        found += [line for line in file if NAME in line]
    for table in ("tcp", "tcp6"):
        with open(f"/proc/net/{table}") as file:
            lines = file.read().splitlines()[1:]
        # State 0A is a listener; the lab has some.
        found += [f"{table}: {line.split()[1:4]}" for line in lines if line.split()[3] != "0A"]
    others = [own for own in os.listdir("/proc") if own.isdigit() and int(own) > os.getpid()]
    found += [f"process {own}" for own in others]
    print(json.dumps(found))


def forks(_):
    """Processes that make processes."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        with contextlib.suppress(OSError):
            os.fork()


def sleepers(_):
    """Many quiet processes."""
    while True:
        with contextlib.suppress(OSError):
            if os.fork() == 0:
                time.sleep(60)
                os._exit(0)
        time.sleep(0.001)


def threads(_):
    """Threads, until there can be no more; then ends well."""
    import threading

    made, stop = 0, threading.Event()
    with contextlib.suppress(RuntimeError):
        while made < 100_000:
            threading.Thread(target=stop.wait, daemon=True).start()
            made += 1
    print(made, flush=True)
    os._exit(0)


def memory(_):
    kept = []
    while True:
        kept.append(bytearray(os.urandom(2**20)) * 16)


def memory_of_many(_):
    """Each process takes little."""
    for _ in range(15):
        if os.fork() == 0:
            break
    kept = bytearray(os.urandom(2**20)) * 40
    time.sleep(60)
    print(len(kept))


def memory_files(_):
    """Memory that is in no process: files without a name, never mapped."""
    kept = []
    while True:
        own = os.memfd_create("x")
        os.write(own, os.urandom(2**20) * 16)
        kept.append(own)


def disk(aims):
    """Fill it, wherever one may write."""
    full = []
    for folder in (HOME, "/tmp", "/dev/shm", "/var/tmp"):
        try:
            with open(f"{folder}/big", "wb") as file:
                while True:
                    file.write(b"x" * 2**20)
        except OSError as error:
            full.append(error.strerror)
    print(json.dumps(full), flush=True)
    if aims.get("fail"):
        sys.exit(1)


def inodes(_):
    """Files without content."""
    made = 0
    try:
        while True:
            os.close(os.open(f"/tmp/{made}", os.O_CREAT | os.O_WRONLY))
            made += 1
    except OSError as error:
        print(json.dumps([made, error.strerror]), flush=True)


def flood(_):
    for _ in range(256):
        os.write(1, b"o" * 2**20)
        os.write(2, b"e" * 2**20)
    os.write(1, b"the end")


def hang(_):
    """Ends for no signal that it can refuse."""
    for own in set(signal.valid_signals()) - {signal.SIGKILL, signal.SIGSTOP}:
        with contextlib.suppress(OSError, ValueError):
            signal.signal(own, signal.SIG_IGN)
    while True:
        time.sleep(60)


def fine(_):
    """Nothing special."""
    print("fine")
