"""Paths of files and command lines that a program makes of constants and the home folder."""

from undeclared.catalogue.syntax import Meaning, Syntax
from undeclared.static.javascript.constants import Constants
from undeclared.static.javascript.functions import Frames
from undeclared.static.javascript.naming import Naming, arguments
from undeclared.static.javascript.program import At, text
from undeclared.static.javascript.values import Several

ANY = "…"
"""A part that is not known."""
MOST_LEVELS = 10
MOST_WORDS = 12


class Paths:
    """Evaluates paths; what a program asks for at run time stays open in them."""

    def __init__(self, naming: Naming, constants: Constants, syntax: Syntax) -> None:
        self._naming = naming
        self._constants = constants
        self._syntax = syntax

    def of(self, at: At, frames: Frames) -> list[str]:
        """The paths that an expression can be; nothing if no part of them is known."""
        value = self._constants.of(at, frames)
        if isinstance(value, str):
            return [value]
        if isinstance(value, Several):
            return [item for item in value if isinstance(item, str)]
        made = self._made(at, frames, MOST_LEVELS)
        return [made] if made.strip(f"{ANY}/") else []

    def command(self, program: At | None, listed: At | None, frames: Frames) -> list[str]:
        """The command line of a program and its list of arguments."""
        heads = self.of(program, frames) if program is not None else []
        words: list[str] = []
        if listed is not None and listed.node.type == "array":
            items = [node for node in listed.node.named_children if node.type != "comment"]
            items = items[:MOST_WORDS]
            words = [self._made(listed.up(item), frames, MOST_LEVELS) for item in items]
        elif listed is not None:
            value = self._constants.of(listed, frames)
            found = value if isinstance(value, list) else []
            words = [item if isinstance(item, str) else ANY for item in found]
        return [" ".join([head.rsplit("/", 1)[-1], *words]) for head in heads]

    def _made(self, at: At, frames: Frames, levels: int) -> str:
        if levels <= 0:
            return ANY
        value = self._constants.of(at, frames)
        if isinstance(value, str):
            return value
        node = at.node
        if node.type == "template_string":
            return "".join(
                self._made(at.up(child.named_children[0]), frames, levels - 1)
                if child.type == "template_substitution" and child.named_child_count
                else text(child)
                for child in node.named_children
            )
        if node.type == "binary_expression":
            sides = [node.child_by_field_name("left"), node.child_by_field_name("right")]
            made = [self._made(at.up(side), frames, levels - 1) for side in sides if side]
            return "".join(made) if text(node.child_by_field_name("operator")) == "+" else made[0]
        name = self._naming.of(at)
        if name is None:
            return self._defined(at, frames, levels)
        if self._home(name):
            return "~"
        if self._syntax.rule(Meaning.JOIN, name) is not None and node.type == "call_expression":
            parts = [self._made(at.up(one), frames, levels - 1) for one in arguments(node)]
            return "/".join(part.strip("/") if index else part for index, part in enumerate(parts))
        return ANY

    def _defined(self, at: At, frames: Frames, levels: int) -> str:
        if at.node.type != "identifier":
            return ANY
        made = {
            self._made(definition.at, frames, levels - 1)
            for definition in self._constants.definitions(at)
            if definition.parameter is None and not definition.path
        }
        return made.pop() if len(made) == 1 else ANY

    def _home(self, name: str) -> bool:
        if self._syntax.rule(Meaning.HOME, name) is not None:
            return True
        owner, _, key = name.rpartition(".")
        return (
            self._syntax.rule(Meaning.VARIABLES, owner) is not None
            and self._syntax.rule(Meaning.HOME, f"env:{key}") is not None
        )
