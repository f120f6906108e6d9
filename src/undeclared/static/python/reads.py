"""Reads of variables and files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tree_sitter import Node

from undeclared.static.python.frame import Frame
from undeclared.static.python.values import UNKNOWN, Consts, Taint, Value, const, join

if TYPE_CHECKING:
    from undeclared.static.python.interpreter import Interpreter

MAX_NAMES = 64
"""Variables or files that one expression reads."""
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")


def variables(it: Interpreter, names: list[str], node: Node, frame: Frame) -> Value:
    """Environment variables of given names; the home folder also as the text `~`."""
    found: list[Value] = []
    for name in list(dict.fromkeys(names))[:MAX_NAMES]:
        if _VARIABLE.fullmatch(name) is None:
            continue
        what = f"env:{name}"
        taint = it.record.read(what, node, it.span(node, frame))
        if taint is not None:
            found.append((taint,))
        if what in it.knows.syntax.homes:
            found.append(const("~"))
    return join(*found)


def file(it: Interpreter, paths: Value, node: Node, frame: Frame) -> Value:
    """Files that are opened or looked for."""
    found: list[Taint] = []
    known = [text for atom in paths if isinstance(atom, Consts) for text in atom.values]
    for text in list(dict.fromkeys(known))[:MAX_NAMES]:
        path = text.strip()
        if not path or len(path) > 300 or not path.isprintable() or not path.strip(f"{UNKNOWN}/."):
            continue
        if path[0] not in "/~*" and re.match(r"\w:", path) is None:
            path = f"./{path.removeprefix('./')}"
        taint = it.record.read(f"file:{path}", node, it.span(node, frame))
        if taint is not None:
            found.append(taint)
    return tuple(found)
