import pytest
import tree_sitter_javascript
from tree_sitter import Language, Parser

from undeclared.static.identity import identity, shape

PARSER = Parser(Language(tree_sitter_javascript.language()))


def _shape(code):
    return shape(PARSER.parse(code.encode()).root_node)


@pytest.mark.parametrize(
    "rebuilt",
    [
        'let {TZ:a}=process.env;if(a==="Asia/X")q(a)',
        "const { TZ } = process.env // so\nif ((TZ) === 'Asia/X') { go(TZ) }",
    ],
)
def test_a_rebuild_keeps_the_shape(rebuilt):
    written = "const {TZ} = process.env; if (TZ === 'Asia/X') { go(TZ) }"
    assert _shape(rebuilt) == _shape(written)


@pytest.mark.parametrize("other", ["a.b === 'd'", "a.b !== 'c'", "a.d === 'c'", "a.b === c"])
def test_other_code_has_another_shape(other):
    assert _shape(other) != _shape("a.b === 'c'")


def test_parts_are_told_apart():
    assert identity("read", "ab", "c") != identity("read", "a", "bc")
    assert identity("read", "env:TZ").startswith("read-")
    assert len(identity("read", "env:TZ")) == len("read-") + 12
