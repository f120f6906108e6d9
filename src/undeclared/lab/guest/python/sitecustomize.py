"""Records which facts of the machine a Python program reads, with the place in its code.

Python imports this before the program, unless it is started with -I, -E or -S. It wraps what
answers such questions, and listens to audit events (PEP 578); the answers stay what they are. One
line of JSON is appended to DROP when a read is first seen from a place, and again whenever its
count has doubled, so that nothing is lost when the process is killed. Reads by the standard library
are told as its caller's; what has no caller outside it is left out. What the C code of `datetime`
asks the C library for cannot be seen from here.
"""

# It wraps what others wrote, on whatever Python an agent brings: types would say nothing here.
# mypy: ignore-errors
# ruff: noqa: ANN001, ANN002, ANN003, ANN202, ANN204, ANN205, N807, PTH120, S108, S110

import os
import sys
import time


def _install():
    drop = "/run/runtime/log"
    most_frames, most_looked_at, most_stacks, most_records, text = 8, 40, 24, 20_000, 300
    own_file = __file__
    open_, write_, close_, getpid = os.open, os.write, os.close, os.getpid
    flags = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
    monotonic_ns = time.monotonic_ns
    library = os.path.dirname(os.__file__)
    not_library = (library + "/site-packages", library + "/dist-packages")
    quick = {"open", "os.listdir", "os.scandir", "subprocess.Popen", "os.exec", "os.posix_spawn"}
    quick |= {"os.system", "os.spawn", "socket.gethostname"}
    loading = {"get_data", "path_stats", "_path_stat", "_path_isfile", "_fill_cache", "get_code"}
    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}

    class State:
        """Of this process; a child that was forked begins anew."""

        pid = None
        busy = False
        records = 0

    def begin():
        State.pid, State.records, State.seen = getpid(), 0, {}
        State.id = f"{State.pid}.0.{monotonic_ns()}"
        program = sys.orig_argv[-1] if getattr(sys, "orig_argv", None) else ""
        write(runtime="python", program=str(program)[:text])

    def quoted(value):
        # The json module would be one more import that the program did not ask for.
        if isinstance(value, tuple):
            return "[" + ",".join(map(quoted, value)) + "]"
        if isinstance(value, int):
            return str(int(value))
        return '"' + "".join(
            escapes.get(sign) or (sign if " " <= sign <= "~" else "?") for sign in value
        ) + '"'  # fmt: skip

    def write(**fields):
        fields = {"id": State.id, **fields}
        line = "{" + ",".join(f'"{name}":{quoted(value)}' for name, value in fields.items()) + "}\n"
        try:
            # Not kept open: a program may close descriptors that it did not open.
            file = open_(drop, flags)
            try:
                write_(file, line.encode())
            finally:
                close_(file)
        except OSError:
            pass  # nobody to tell: the program must not notice

    def stack():
        frame, found, looked_at = sys._getframe(2), [], 0
        while frame is not None and looked_at < most_looked_at and len(found) < most_frames:
            code = frame.f_code
            file = code.co_filename
            if not found and file.startswith("<frozen importlib") and code.co_name in loading:
                return ()
            library_s = file.startswith(library) and not file.startswith(not_library)
            if file != own_file and not file.startswith("<frozen") and (found or not library_s):
                name = getattr(code, "co_qualname", code.co_name)
                found.append(f"{name} ({file}:{frame.f_lineno})"[:text])
            frame = frame.f_back
            looked_at += 1
        return tuple(found)

    def record(what):
        if State.busy:
            return
        State.busy = True
        try:
            if State.pid != getpid():
                begin()
            if State.records >= most_records:
                return
            entry = State.seen.setdefault(what, [0, {}])
            entry[0] += 1
            # Often read facts cost no stack any more once their places are known.
            if entry[0] > most_stacks and entry[0] & (entry[0] - 1):
                return
            place = stack()
            if not place:
                return
            if place not in entry[1]:
                if len(entry[1]) >= most_stacks:
                    return
                State.records += 1
                if State.records == most_records:
                    write(full=True)
            times = entry[1][place] = entry[1].get(place, 0) + 1
            if times & (times - 1) == 0:
                write(what=what[:text], stack=place, times=times)
        except Exception:
            pass
        finally:
            State.busy = False

    # --- variables ------------------------------------------------------------------------------

    def variables():
        kind = type(os.environ)
        get, iterate = kind.__getitem__, kind.__iter__
        listed = []

        def shown(name):
            return name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)

        def __getitem__(self, key):
            # Reads that follow an enumeration in its order belong to it: `dict(os.environ)`.
            if listed and listed[-1] == key:
                listed.pop()
            else:
                record(f"env:{shown(key)}")
            return get(self, key)

        def __iter__(self):
            record("env:*")
            names = list(iterate(self))
            listed[:] = reversed(names)
            return iter(names)

        for function in (__getitem__, __iter__):
            function.__qualname__ = f"{kind.__name__}.{function.__name__}"
            function.__module__ = "os"
            setattr(kind, function.__name__, function)

    # --- functions ------------------------------------------------------------------------------

    class Wrapped:
        """A function that is no method of the class that holds it, as built-in ones are not."""

        def __init__(self, function, what, asked=None):
            self.__dict__.update(getattr(function, "__dict__", {}))
            self.__wrapped__, self._what, self._asked = function, what, asked
            self.__name__ = getattr(function, "__name__", what)
            self.__qualname__ = getattr(function, "__qualname__", what)
            self.__doc__, self.__module__ = function.__doc__, function.__module__

        def __call__(self, *given, **named_ones):
            what = self._what if self._asked is None else self._asked(*given, **named_ones)
            if what is not None:
                record(what)
            return self.__wrapped__(*given, **named_ones)

        def __repr__(self):
            return repr(self.__wrapped__)

    def wrap(module, *names, asked=None):
        for name in names:
            function = getattr(module, name, None)
            if callable(function) and not isinstance(function, Wrapped):
                label = f"{module.__name__.replace('posix', 'os')}.{name}"
                setattr(module, name, Wrapped(function, label, asked))

    def zone_names():
        """`time.tzname` and its like: data that only a module of another type can watch."""
        facts = ("tzname", "timezone", "altzone", "daylight")

        class Clock(type(time)):
            def __getattr__(self, name):
                if name in facts:
                    record(f"time.{name}")
                    return kept[name]
                raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")

            def __dir__(self):
                return sorted({*super().__dir__(), *facts})

        kept = {name: time.__dict__.pop(name) for name in facts if name in time.__dict__}
        time.__class__ = Clock
        tzset = time.tzset

        def set_anew():
            tzset()
            kept.update({name: time.__dict__.pop(name) for name in facts if name in time.__dict__})

        time.tzset = Wrapped(tzset, "time.tzset")
        time.tzset.__wrapped__ = set_anew

    def about_file(path, *_given, **_named):
        try:
            name = os.fsdecode(path)
        except TypeError:
            return None
        whole = name if name.startswith("/") else f"{getcwd()}/{name}"
        # The program's own files, and what it makes itself, say nothing of the machine.
        apart = (library, sys.prefix + "/lib", "/opt/agent", "/tmp", "/dev", "/run/runtime")
        if whole.startswith(apart) or "__pycache__" in whole:
            return None
        return f"file:{whole}"[:text]

    getcwd = os.getcwd
    locales = ("getlocale", "getdefaultlocale", "setlocale", "nl_langinfo", "localeconv")
    locales += ("getpreferredencoding",)
    later = {
        "locale": locales,
        "socket": ("getfqdn",),
        "platform": (
            "node", "uname", "system", "release", "version", "machine", "processor", "platform",
            "freedesktop_os_release", "libc_ver",
        ),
        "getpass": ("getuser",),
        "uuid": ("getnode", "uuid1"),
        "pwd": ("getpwuid", "getpwnam", "getpwall"),
        "tzlocal": ("get_localzone", "get_localzone_name", "reload_localzone"),
    }  # fmt: skip

    class Finder:
        """Wraps the functions of modules when the program imports them."""

        @staticmethod
        def find_spec(name, path=None, target=None):
            names = later.get(name)
            if names is None:
                return None
            for finder in sys.meta_path:
                found = None if finder is Finder else finder.find_spec(name, path, target)
                if found is None:
                    continue
                loader = found.loader
                if loader is not None and hasattr(loader, "exec_module"):
                    found.loader = Loader(loader, names)
                return found
            return None

    class Loader:
        def __init__(self, loader, names):
            self._loader, self._names = loader, names

        def __getattr__(self, name):
            return getattr(self._loader, name)

        def create_module(self, spec):
            return self._loader.create_module(spec)

        def exec_module(self, module):
            module.__spec__.loader = module.__loader__ = self._loader
            self._loader.exec_module(module)
            wrap(module, *self._names)

    def listen(event, given):
        if event not in quick or State.busy:
            return
        if event in ("open", "os.listdir", "os.scandir"):
            what = about_file(given[0]) if given[0] is not None else f"file:{getcwd()}"
        elif event == "socket.gethostname":
            what = event
        else:
            what = f"run:{command(event, given)}"[:text]
        if what is not None:
            record(what)

    def command(event, given):
        words = given[{"os.system": 0, "os.spawn": 2}.get(event, 1)]
        words = [words] if isinstance(words, (str, bytes)) else words
        return " ".join(os.fsdecode(word) for word in words)

    begin()
    variables()
    zone_names()
    wrap(time, "localtime", "ctime", "mktime", "strftime")
    wrap(
        os, "uname", "getlogin", "cpu_count", "sysconf", "getloadavg", "getcwd", "sched_getaffinity"
    )
    wrap(os, "readlink", asked=about_file)
    for name, names in later.items():
        if name in sys.modules:
            wrap(sys.modules[name], *names)
    sys.meta_path.insert(0, Finder)
    sys.addaudithook(listen)


def _hand_on():
    """Import the machine's own sitecustomize, which this one hides."""
    here = os.path.dirname(__file__)
    sys.path[:] = [place for place in sys.path if place != here]
    del sys.modules["sitecustomize"]
    try:
        __import__("sitecustomize")
    except ImportError:
        sys.modules["sitecustomize"] = _this


_this = sys.modules[__name__]
try:
    _install()
finally:
    _hand_on()
