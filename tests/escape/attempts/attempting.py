"""What every attempt shares: how it is declared, carried out in a process of its own, and told.

An attempt raises OSError (the kernel refused), returns `held(...)` (nothing was refused, and
nothing was reached either), or returns `escaped(...)`. Silence is an escape.
"""

import ctypes
import errno
import json
import os
import select
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

LIBC = ctypes.CDLL(None, use_errno=True)
PATIENCE = 10
ATTEMPTS = []


def attempt(aim, what):
    """Declare an attempt; the function's name is its id."""

    def declare(function):
        ATTEMPTS.append((function.__name__, aim, what, function))
        return function

    return declare


def held(how):
    return {"held": True, "how": how}


def escaped(how):
    return {"held": False, "how": how}


def call(function, *arguments):
    """A function of the C library; raises OSError when it returns a negative number."""
    result = getattr(LIBC, function)(*arguments)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def system_call(number, *arguments):
    return call("syscall", ctypes.c_long(number), *(
        ctypes.c_long(own) if isinstance(own, int) else own for own in arguments
    ))  # fmt: skip


def ending(function, aims):
    try:
        ended = function(aims)
    except OSError as error:
        name = errno.errorcode.get(error.errno or 0)
        return held(name or f"{type(error).__name__}: {error}")
    except Exception as error:
        return escaped(f"not tried: {type(error).__name__}: {error}")
    return ended or escaped("it worked")


def alone(function, aims):
    """Carry out one attempt in a child, which may hang or die of it."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(PATIENCE)
        os.write(writing, json.dumps(ending(function, aims)).encode())
        os._exit(0)
    os.close(writing)
    said = b""
    while select.select([reading], [], [], PATIENCE)[0] and (more := os.read(reading, 65536)):
        said += more
    os.close(reading)
    _, status = os.waitpid(child, 0)
    if said:
        return json.loads(said)
    return held(f"no answer; the attempt ended by signal {os.WTERMSIG(status)}")


def carry_out(aims, only=None):
    """All attempts, some at a time; one JSON line each."""
    speaking = threading.Lock()

    def one(declared):
        name, aim, what, function = declared
        line = {"id": name, "aim": aim, "what": what, **alone(function, aims)}
        with speaking:
            print(json.dumps(line), flush=True)

    wanted = [own for own in ATTEMPTS if only is None or own[0] in only]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, wanted))
    sys.stdout.flush()
