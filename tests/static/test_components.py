"""Libraries that send, recognised in minified code."""

import pytest

from undeclared.catalogue.component import ComponentSpec
from undeclared.catalogue.document import CatalogueError
from undeclared.catalogue.loader import components as known
from undeclared.catalogue.loader import parse
from undeclared.model.code import FileKind, SourceFile
from undeclared.static.components import components


def names(code: str) -> set[str]:
    found = components(SourceFile("a.js", FileKind.JAVASCRIPT, code.encode()))
    return {own.name for own in found}


@pytest.mark.parametrize("name", sorted(known()))
def test_examples_are_recognised_in_a_file(name: str) -> None:
    spec = known()[name]
    for code in spec.examples.match:
        assert spec.name in names(f"x();{code};y()")
    for code in spec.examples.reject:
        assert spec.name not in names(f"x();{code};y()")


def test_a_component_has_its_role_and_places() -> None:
    code = b'a();h["STATSIG-API-KEY"]=k;b();h["STATSIG-API-KEY"]=k'
    (own,) = components(SourceFile("a.js", FileKind.JAVASCRIPT, code))
    assert (own.name, own.role, own.places) == ("Statsig", "flags", 2)
    assert code[own.region.start : own.region.end] == b"STATSIG-API-KEY"


def test_plain_code_has_none() -> None:
    assert names("const scrollbar = last_insert_id; export function track() {}") == set()


def test_an_entry_that_any_code_would_match_does_not_load() -> None:
    text = "{id: a, name: A, role: flags, markers: [id], examples: {match: [id], reject: [x]}}"
    with pytest.raises(CatalogueError, match="stands anywhere"):
        parse(text, ComponentSpec, "a.yaml")
