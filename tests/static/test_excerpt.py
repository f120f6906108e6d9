from hypothesis import given
from hypothesis import strategies as st

from undeclared.model.code import FileKind, SourceFile
from undeclared.static.excerpt import MAX_COLUMNS, MAX_LINES, region


def _file(data):
    return SourceFile("a/b.js", FileKind.JAVASCRIPT, data)


def test_minified_code_is_broken_at_its_statements():
    code = b"function f(q){if(!q)return null;return q.a+1;}" + b"x=1;" * 40
    start = code.index(b"return q")

    found = region(_file(code), start, start + 8)

    assert found.excerpt == "return q.a+1;"
    assert (found.start, found.end) == (start, start + 8)
    whole = region(_file(code), 0, code.index(b"x=1")).excerpt
    assert whole.startswith("function f(q){\n  if(!q)return null;\n  return q.a+1;\n}")


def test_code_that_has_lines_keeps_them_without_their_common_indent():
    code = b"a();\n    if (b) {\n        c();\n    }\n"
    found = region(_file(code), code.index(b"if"), code.rindex(b"}") + 1)
    assert found.excerpt == "if (b) {\n    c();\n}"


def test_spaces_within_a_text_stay():
    code = b"var a  =  'x  y',b=1;" + b"z=1;" * 40
    assert region(_file(code), 0, 8).excerpt == "var a = 'x  y',b=1;"


def test_what_cannot_be_seen_is_written_as_an_escape():
    found = region(_file(b"x = '\xff\x1b[31m\xe2\x80\x8b\xe2\x80\x99'"), 0, 20)
    assert found.excerpt == "x = '\\xff\\x1b[31m\\u200b’'"


@given(st.binary(max_size=3000), st.integers(0, 4000), st.integers(0, 4000))
def test_any_bytes_give_a_short_printable_excerpt(data, start, end):
    found = region(_file(data), start, end)
    lines = found.excerpt.split("\n")
    assert 0 <= found.start <= found.end <= len(data)
    assert len(lines) <= MAX_LINES
    assert all(len(line) <= MAX_COLUMNS and (line.isprintable() or not line) for line in lines)


def test_a_long_place_is_shown_by_its_beginning_and_its_end():
    code = b"first();" + b"middle();" * 100_000 + b"last();"
    lines = region(_file(code), 0, len(code)).excerpt.split("\n")
    assert lines[0] == "first();"
    assert lines[-1] == "last();"
    assert "…" in lines
