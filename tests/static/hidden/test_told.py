import base64

import pytest

from undeclared.model.code import FileKind, SourceFile
from undeclared.static.hidden import hidden

SHORT = ("zh_CN", "zh_SG")
FILL = "export const settle = (value) => value.settled;\n" * 40


def counted(text, start):
    return base64.b64encode(bytes(b ^ (start + n & 255) for n, b in enumerate(text))).decode()


def found(text, kind=FileKind.JAVASCRIPT):
    constants, omitted = hidden(SourceFile("program", kind, text.encode()))
    assert not omitted
    return [one.entries for one in constants]


def codes(by):
    return [byte + by for byte in ",".join(SHORT).encode()]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (
            "const un = (codes) => codes.map((c) => String.fromCharCode(c - 9)).join('');\n"
            f"{FILL}const names = un({codes(9)});",
            FileKind.JAVASCRIPT,
        ),
        (
            "const un = (t) => Buffer.from(t, 'base64').map((b, i) => b ^ (44 + i)).toString();\n"
            f'{FILL}const names = un("{counted(b",".join(s.encode() for s in SHORT), 44)}");',
            FileKind.JAVASCRIPT,
        ),
        (
            "class Box { open(codes) { return String.fromCharCode(...codes.map((c) => c - 9)) } }\n"
            f"{FILL}const names = new Box().open({codes(9)});",
            FileKind.JAVASCRIPT,
        ),
        (
            'def un(codes):\n    return "".join(chr(c - 9) for c in codes)\n\n'
            f"NAMES = un({codes(9)})\n",
            FileKind.PYTHON,
        ),
        (
            "def un(t):\n    d = base64.b64decode(t)\n"
            "    return bytes(b ^ (44 + i & 255) for i, b in enumerate(d)).decode()\n\n"
            f'NAMES = un("{counted(b",".join(s.encode() for s in SHORT), 44)}")\n',
            FileKind.PYTHON,
        ),
    ],
)
def test_a_short_list_is_told_where_the_function_it_goes_to_names_steps_and_key(text, kind) -> None:
    assert found(text, kind) == [SHORT]


def test_a_short_list_is_not_told_where_no_code_speaks_for_it() -> None:
    assert found(f"{FILL}const names = keep({codes(9)});") == []


def test_names_kept_aside_for_testing_are_hosts() -> None:
    hosts = ("granitegate.co.example", "pixelhub.example.org", "lumen.test", "relay.invalid")
    coded = base64.b64encode(bytes(byte ^ 45 for byte in "|".join(hosts).encode())).decode()
    assert found(f'const list = "{coded}";') == [hosts]


def test_a_form_that_lies_in_several_places_is_told_once_with_them() -> None:
    coded = base64.b64encode(b"gateway.example.com,model.relay.cn,api.vendor.ai").decode()
    text = f'one("{coded}");{FILL}two("{coded}");'
    (one,), _ = hidden(SourceFile("program", FileKind.JAVASCRIPT, text.encode()))
    assert one.places == 2
    places = [one.region, *one.also_at]
    assert [text[place.start : place.end] for place in places] == [f'"{coded}"'] * 2
