"""The full name of what an expression stands for: `h` is `os.hostname` where it was imported so."""

from tree_sitter import Node

from undeclared.catalogue.syntax import Syntax
from undeclared.static.javascript.program import At, Program, text

MOST_LEVELS = 12

_PASSING = frozenset(
    {
        "parenthesized_expression",
        "await_expression",
        "non_null_expression",
        "as_expression",
        "satisfies_expression",
        "sequence_expression",
    }
)
_PROMISES = frozenset({"util.promisify", "promisify", "__importStar", "__importDefault", "__toESM"})


class Naming:
    """Resolves names of a program to those of the language and its modules."""

    def __init__(self, program: Program, syntax: Syntax) -> None:
        self._program = program
        self._globals = frozenset(syntax.globals)
        self._known = syntax.heads

    def of(self, at: At, levels: int = MOST_LEVELS) -> str | None:
        """The dotted name, without arguments and indices; None if it is none."""
        if levels <= 0:
            return None
        node = at.node
        kind = node.type
        if kind in ("identifier", "shorthand_property_identifier"):
            return self._identifier(at, levels)
        if kind in ("member_expression", "subscript_expression"):
            owner = node.child_by_field_name("object")
            key = member(node)
            base = self.of(at.up(owner), levels - 1) if owner is not None else None
            return self._joined(base, key) if base is not None and key is not None else None
        if kind in ("call_expression", "new_expression"):
            return self._call(at, levels)
        if kind in _PASSING and node.named_child_count:
            return self.of(at.up(node.named_children[-1]), levels - 1)
        if kind == "ternary_expression":
            # `secure ? https : http`: either stands for both.
            sides = [node.child_by_field_name(side) for side in ("consequence", "alternative")]
            names = [self.of(at.up(side), levels - 1) for side in sides if side is not None]
            return next((name for name in names if name is not None), None)
        if kind == "import":
            return "import"
        if kind == "meta_property":
            return text(node)
        return None

    def _joined(self, base: str, key: str) -> str:
        if base in self._globals:
            return key
        return base if key == "default" else f"{base}.{key}"

    def _call(self, at: At, levels: int) -> str | None:
        callee = at.node.child_by_field_name("function") or at.node.child_by_field_name(
            "constructor"
        )
        if callee is None:
            return None
        given = arguments(at.node)
        if given and text(callee) in ("require", "import", "__require", "createRequire"):
            return module(given[0])
        name = self.of(at.up(callee), levels - 1)
        if given and given[0].type == "string" and _requires(name, given):
            # A bundle calls `require` by a name of its own.
            return module(given[0])
        if given and (name in _PROMISES or _takes_in(given)):
            return self.of(at.up(given[0]), levels - 1)
        return name

    def _identifier(self, at: At, levels: int) -> str | None:
        if self._program.own(at):
            return None
        found = self._program.definitions(at)
        if not found:
            known = at.text in self._known and self._program.binding(at) is None
            return at.text if known else None
        names = set()
        for definition in found:
            node = definition.at.node
            if definition.parameter is not None:
                base = (
                    self.of(definition.at.up(definition.default), levels - 1)
                    if definition.default is not None
                    else None
                )
            elif node.type in ("import_specifier", "import_clause", "namespace_import"):
                base = imported(node)
            elif node.type in ("function_declaration", "class_declaration"):
                base = None
            else:
                base = self.of(definition.at, levels - 1)
            for key in definition.path:
                base = self._joined(base, key) if base is not None else None
            if base is not None:
                names.add(base)
        return names.pop() if len(names) == 1 else None


def _requires(name: str | None, given: list[Node]) -> bool:
    return len(given) == 1 and name in ("require", "createRequire", "module.createRequire")


def _takes_in(given: list[Node]) -> bool:
    """Whether a helper of a bundle hands on a module: `f(require("os"), 1)`."""
    if given[0].type == "call_expression" and text(given[0]).startswith(("require(", "import(")):
        return True
    return len(given) == 2 and given[1].type == "number" and given[0].type == "identifier"


def member(node: Node) -> str | None:
    """The key of a member or subscript expression, if it is written there."""
    key = node.child_by_field_name("property")
    if key is not None:
        return text(key)
    index = node.child_by_field_name("index")
    if index is not None and index.type == "string":
        return plain(index)
    return None


def plain(node: Node) -> str:
    """The content of a string literal without escapes."""
    return "".join(text(child) for child in node.named_children if child.type == "string_fragment")


def arguments(node: Node) -> list[Node]:
    """The arguments of a call or `new`."""
    given = node.child_by_field_name("arguments")
    if given is None or given.type != "arguments":
        return []
    return [child for child in given.named_children if child.type != "comment"]


def module(node: Node) -> str | None:
    """The module that a string literal names."""
    if node.type != "string":
        return None
    name = plain(node).removeprefix("node:")
    return "fs.promises" if name == "fs/promises" else name


def imported(node: Node) -> str | None:
    """The full name of what an import takes in."""
    statement = node
    while statement.parent is not None and statement.type != "import_statement":
        statement = statement.parent
    source = statement.child_by_field_name("source")
    base = module(source) if source is not None else None
    if base is None or node.type != "import_specifier":
        return base
    name = text(node.child_by_field_name("name"))
    return base if name == "default" else f"{base}.{name}"
