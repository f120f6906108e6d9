"""Which Python files may read a fact that a signal is about, told without parsing them."""

import re
from functools import cache

from undeclared.catalogue.loader import signals
from undeclared.model.code import SourceFile
from undeclared.static.search import find

_CALLS = re.findall(
    r"\S+",
    """
    environ getenv decouple tzname localtime astimezone tzlocal altzone daylight mktime gettz
    time.timezone time.strftime time.ctime %Z %z getlocale getdefaultlocale setlocale localeconv
    nl_langinfo gethostname getfqdn platform.node platform.system( platform.release(
    platform.version( platform.machine( platform.platform( platform.processor platform.uname
    freedesktop_os_release getuser getlogin getpw getnode uuid1 cpu_count psutil
    sched_getaffinity sysconf uname homedir expanduser .home( .cwd( getcwd distro. subprocess
    popen os.system create_subprocess which( config_reader networkInterfaces __import__
    import_module /etc /proc /sys/ /run/ .git/ .git' .git" getattr(os getattr(time getattr(sys
    getattr(socket getattr(platform getattr(locale
    """,
)
_IMPORTS = ("import timezone", "import locale", "import platform", "from platform", "import pwd",
            "import distro")  # fmt: skip
"""How Python names what tells a fact of the machine."""
_HIDES = re.compile(rb"b64decode|unhexlify|fromhex|bytes\(\[|\bchr\(|\[::-1\]|rot_?13|decompress\(")
_OPENS = re.compile(rb"getattr\(|open\(|exists\(|read_text|read_bytes|isfile|is_file")
"""What reads a fact by a name that is put together."""


def reads_something(file: SourceFile) -> bool:
    """Whether a file may read a fact that a signal is about, by a name that it has or hides."""
    data = file.data
    return next(iter(find(data, _texts())), None) is not None or bool(
        _HIDES.search(data) and _OPENS.search(data)
    )


@cache
def _texts() -> tuple[bytes, ...]:
    rules = (signal.reads for signal in signals().values())
    every = (what for rule in rules if rule is not None for what in rule.what)
    names = {_name(what) for what in every if what.startswith("file:")} - {""}
    return tuple(text.encode() for text in (*_CALLS, *_IMPORTS, *sorted(names)))


def _name(what: str) -> str:
    """The last name in the path of a file that a rule is about; all of it, if that is a word."""
    path = max(what.removeprefix("file:").split("*"), key=len).rstrip("/")
    name = path.rpartition("/")[2]
    word = name.isalpha() and (name.islower() or path.count("/") > 1)
    return path if word else name


_OF_TESTS = re.compile(
    r"(?:site|dist)-packages/.*(?:/tests?/|/testing/|/test_[^/]*$|/conftest\.py$)"
)


def is_test(file: SourceFile) -> bool:
    """Whether a file is a test of something installed: looked at only if something imports it."""
    return _OF_TESTS.search(file.path) is not None
