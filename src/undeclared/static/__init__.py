"""What a program's code reads, hides and compares, found without running it.

whole         all files of an artifact, each by what it is
fingerprint   of some signals only, to tell versions apart
apart         each in a process that may fail by itself
beside        two processes for one large task
merge         what has the same shape as one
compare       two scans: what came and what went
hidden        constants behind decoders
javascript    reads, comparisons and ways in JavaScript and TypeScript
python        the same in Python
native        strings and names of machine code
endpoints     hosts that the code names
components    known libraries that send
held          which texts its files have
"""

from undeclared.static.beside import beside
from undeclared.static.compare import Change, Changes, compare
from undeclared.static.fingerprint import TELLING, fingerprint
from undeclared.static.held import held
from undeclared.static.whole import Watch, scan

__all__ = [
    "TELLING",
    "Change",
    "Changes",
    "Watch",
    "beside",
    "compare",
    "fingerprint",
    "held",
    "scan",
]
