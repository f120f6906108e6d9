"""How the characters of a JSON string are escaped, apart from which they are (RFC 8259, section 7).

There are four choices, and a text leaves open only some of them: a string without a slash cannot
tell whether its writer escapes slashes. Two strings are compared in what both leave open.
"""

import re

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_SHORT = frozenset(map(ord, "\b\f\n\r\t"))
_QUOTED = frozenset(map(ord, '"\\'))

PLAIN = {"ascii": "plain", "slash": "plain", "control": "short", "non-ascii": "plain"}
"""What nearly every writer does, by choice; `digits` has no such answer."""


def choices(source: str) -> dict[str, str]:
    r"""What the writer of a string chose, where it is not what nearly every writer does.

    `ascii`: a printable character is written as `\u0041`; `slash`: as `\/`; `control`: those that
    have a short form, such as `\n`, are written as `\u000a`; `non-ascii`: written as `\u00e9`;
    `digits`: the case of the hexadecimal digits of all of these.

    >>> choices(r'"caf\u00E9"')
    {'non-ascii': 'escaped', 'digits': 'upper'}
    """
    found: dict[str, str] = {}
    digits = ""
    short = False
    for code, simple in _ESCAPE.findall(source):
        short = short or (simple != "" and simple in "bfnrt")
        if simple == "/":
            found["slash"] = "escaped"
        if not code:
            continue
        digits += code
        number = int(code, 16)
        if number >= 0x80:
            found["non-ascii"] = "escaped"
        elif number in _SHORT:
            found["control"] = "escaped"
        elif number >= 0x20 and number not in _QUOTED:
            found["ascii"] = "escaped"
    if "slash" in found and re.search(r"[^\\]/", source):
        found["slash"] = "both"
    if "non-ascii" in found and not source.isascii():
        found["non-ascii"] = "both"
    if "control" in found and short:
        found["control"] = "both"
    letters = digits.lower() != digits.upper()
    if letters:
        cases = {digits.lower(): "lower", digits.upper(): "upper"}
        found["digits"] = cases.get(digits, "both")
    return found


def plain(choice: str, text: str) -> str | None:
    """What a text without a reading of its own shows of a choice; None if it leaves none."""
    leaves = {
        "ascii": True,
        "slash": "/" in text,
        "control": any(ord(character) in _SHORT for character in text),
        "non-ascii": not text.isascii(),
    }
    return PLAIN[choice] if leaves.get(choice) else None
