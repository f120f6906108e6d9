"""Reads one YAML document that may come from anybody."""

import re
from typing import Any

import yaml
from yaml.composer import Composer

MAX_BYTES = 256 * 1024
"""Far above the largest entry; keeps a hostile file from costing more than a moment."""


class CatalogueError(ValueError):
    """An entry, ours or the user's, does not load; the message names the file and the field."""


class _Loader(Composer, yaml.CBaseLoader):
    """YAML with less of its magic, scanned by libyaml, which is seven times as fast.

    Every scalar but null is text as written, and the schema gives it its type: `NO` is no boolean
    and `2026-11-22` no date. Aliases are refused, since a few lines of them expand without bound;
    so are repeated keys, of which YAML forbids and PyYAML keeps the last (YAML 1.2.2, 3.2.1.3).
    """

    def __init__(self, text: str) -> None:
        yaml.CBaseLoader.__init__(self, text)
        Composer.__init__(self)

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark: Any = getattr(self.get_event(), "start_mark", None)
            raise yaml.composer.ComposerError(None, None, "aliases are not allowed", mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        keys = set()
        for key, _ in node.value:
            problem = ""
            if not isinstance(key, yaml.ScalarNode):
                problem = "a key that is no text"
            elif key.value in keys:
                problem = f"{key.value!r} is there twice"
            if problem:
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            keys.add(key.value)
        return super().construct_mapping(node, deep)


_NULL = "tag:yaml.org,2002:null"
_Loader.add_implicit_resolver(_NULL, re.compile(r"^(~|null|Null|NULL|)$"), ["~", "n", "N", ""])
_Loader.add_constructor(_NULL, lambda loader, node: None)


def read(data: bytes, name: str) -> object:
    """The one document in `data`: mappings, lists, text and None. `name` is for the error message.

    Raises CatalogueError.
    """
    if len(data) > MAX_BYTES:
        raise CatalogueError(f"{name} is larger than {MAX_BYTES // 1024} KiB")
    try:
        return _Loader(data.decode("utf-8")).get_single_data()
    except UnicodeDecodeError as error:
        raise CatalogueError(f"{name} is not UTF-8 text: {error.reason}") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise CatalogueError(f"{name}{line}: not YAML: {error.problem or error.context}") from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise CatalogueError(f"{name}: not YAML: {error}") from error
    except RecursionError as error:
        raise CatalogueError(f"{name}: nested too deeply") from error
