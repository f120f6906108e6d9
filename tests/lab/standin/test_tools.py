"""Which of an agent's tools is called for what, and with what."""

import shlex
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from undeclared.catalogue import Offer, ToolCall, ToolKind, tool_kinds
from undeclared.lab.standin.schema import Schema
from undeclared.lab.standin.tools import Offered, call, finish, is_of_kind

KINDS = tool_kinds()
SAMPLES = {
    "shell": ToolCall(wants="shell", command="ls"),
    "read": ToolCall(wants="read", path="greeter.py"),
    "edit": ToolCall(wants="edit", path="greeter.py", old="one", new="two"),
    "write": ToolCall(wants="write", path="greeter.py", text="all"),
    "search": ToolCall(wants="search", pattern="greet"),
    "list": ToolCall(wants="list", path="."),
}


def schema_of(offer: Offer):
    """The schema that an example abbreviates."""

    def part(short):
        if short.endswith("[]"):
            return {"type": "array", "items": part(short[:-2])}
        if short.startswith("{"):
            inner = {name: {"type": "string"} for name in short[1:-1].split(",")}
            return {"type": "object", "properties": inner, "required": list(inner)}
        if "|" in short:
            return {"type": "string", "enum": short.split("|")}
        return {"type": short}

    properties = {name: part(short) for name, short in offer.properties.items()}
    return {"type": "object", "properties": properties, "required": list(offer.required)}


def offered(offer: Offer):
    return Offered(offer.name, schema_of(offer))


def pairs(which):
    return [
        pytest.param(kind, offer, id=f"{kind.id}-{offer.name}")
        for kind in KINDS.values()
        for offer in getattr(kind.examples, which)
    ]


@pytest.mark.parametrize(("kind", "offer"), pairs("match"))
def test_examples_are_of_their_kind(kind: ToolKind, offer: Offer):
    assert is_of_kind(kind, offered(offer))
    if kind.id in SAMPLES:
        called = call(SAMPLES[kind.id], [offered(offer)], "Words.", None)
        assert called is not None
        assert set(offer.required) <= set(called.arguments) <= set(offer.properties)
        assert offer.gives in (None, called.arguments)


@pytest.mark.parametrize(("kind", "offer"), pairs("reject"))
def test_near_misses_are_not(kind: ToolKind, offer: Offer):
    assert not is_of_kind(kind, offered(offer))


def tool(name, required=None, **properties):
    required = list(properties) if required is None else required
    return Offered(name, {"type": "object", "properties": properties, "required": required})


TEXT = {"type": "string"}


@pytest.mark.parametrize(
    ("properties", "given"),
    [
        ({"command": TEXT}, {"command": "ls"}),
        ({"command": {"type": "STRING"}}, {"command": "ls"}),
        ({"command": {"type": ["null", "string"]}}, {"command": "ls"}),
        ({"command": {"anyOf": [{"type": "null"}, TEXT]}}, {"command": "ls"}),
        ({"cmd": {"type": "array", "items": TEXT}}, {"cmd": ["bash", "-lc", "ls"]}),
        ({"commands": {"type": "array", "items": TEXT}}, {"commands": ["ls"]}),
        (
            {
                "commands": {
                    "type": "array",
                    "items": {"properties": {"command": TEXT, "n": {"type": "integer"}}},
                }
            },
            {"commands": [{"command": "ls"}]},
        ),
        (
            {"command": TEXT, "timeout": {"type": "number"}, "why": TEXT, "kind": {"enum": ["a"]}},
            {"command": "ls", "timeout": 60000, "why": "Words.", "kind": "a"},
        ),
        (
            {"command": TEXT, "n": {"type": "integer", "minimum": 4}, "ok": {"type": "boolean"}},
            {"command": "ls", "n": 4, "ok": False},
        ),
        (
            {"command": TEXT, "list": {"type": "array", "items": TEXT, "minItems": 1}, "o": {}},
            {"command": "ls", "list": ["Words."], "o": "Words."},
        ),
    ],
)
def test_a_command_is_given_as_the_tool_wants_it(properties, given):
    called = call(SAMPLES["shell"], [tool("Bash", **properties)], "Words.", None)
    assert called is not None
    assert called.arguments == given


def test_references_in_a_schema_are_followed():
    schema = {
        "$defs": {"C": {"type": "object", "properties": {"cmd": TEXT}, "required": ["cmd"]}},
        "properties": {"commands": {"type": "array", "items": {"$ref": "#/$defs/C"}}},
    }
    called = call(SAMPLES["shell"], [Offered("run", schema)], "", None)
    assert called is not None
    assert called.arguments == {"commands": [{"cmd": "ls"}]}


def test_a_tool_with_the_name_comes_before_one_with_the_properties():
    other, named = tool("monitor", command=TEXT), tool("mcp__box__Run_Command", command=TEXT)
    called = call(SAMPLES["shell"], [other, named], "", None)
    assert called is not None
    assert called.tool == named


def test_edits_in_a_list_have_the_path_beside_them():
    edit = {"type": "object", "properties": {"oldText": TEXT, "newText": TEXT}}
    offer = tool("edit", path=TEXT, edits={"type": "array", "items": edit})
    called = call(SAMPLES["edit"], [offer], "", None)
    assert called is not None
    assert called.arguments == {
        "path": "greeter.py",
        "edits": [{"oldText": "one", "newText": "two"}],
    }


@pytest.mark.parametrize(
    ("said", "given"),
    [("The absolute path", "/repo/greeter.py"), ("The path", "greeter.py")],
)
def test_a_path_is_absolute_where_the_tool_insists(said, given):
    offer = tool("Read", file_path={**TEXT, "description": said})
    called = call(SAMPLES["read"], [offer], "", "/repo")
    assert called is not None
    assert called.arguments == {"file_path": given}


def test_without_any_tool_nothing_is_called():
    assert call(SAMPLES["read"], [tool("look")], "", None) is None
    assert finish([tool("look")], "") is None


# --- the same with a shell ------------------------------------------------------------------------

SHELL = tool("bash", command=TEXT)
printable = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"])


def in_shell(wanted, folder):
    called = call(wanted, [SHELL], "", None)
    assert called is not None
    done = subprocess.run(
        called.arguments["command"], shell=True, cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("repository")


NASTY = ["it's", "a/b", "a&b", r"back\slash", "[x]*.^$", '"quoted" $HOME `id`', "“curly”", "-n"]


@pytest.mark.parametrize("old", NASTY)
@pytest.mark.parametrize("new", ["plain", "it's & /\\1 $x"])
def test_an_edit_in_the_shell_replaces_just_that(folder, old, new):
    (folder / "a file.txt").write_text(f"before\n{old}\nafter\n")
    in_shell(ToolCall(wants="edit", path="a file.txt", old=old, new=new), folder)
    assert (folder / "a file.txt").read_text() == f"before\n{new}\nafter\n"


@pytest.mark.parametrize("text", ["one\ntwo\n", "it's %s \\n $HOME", "-n"])
def test_what_is_written_is_read_back(folder, text):
    in_shell(ToolCall(wants="write", path="it's.txt", text=text), folder)
    assert (folder / "it's.txt").read_text() == text
    assert in_shell(ToolCall(wants="read", path="it's.txt"), folder) == text
    assert "it's.txt" in in_shell(ToolCall(wants="list", path="."), folder)
    word = text.split()[0]
    assert "it's.txt:1:" in in_shell(ToolCall(wants="search", pattern=word), folder)


@given(st.text(printable, min_size=1))
def test_a_word_in_a_shell_command_stays_one(text):
    called = call(ToolCall(wants="read", path=text), [SHELL], "", None)
    assert called is not None
    assert shlex.split(called.arguments["command"]) == ["cat", text]


# --- schemas --------------------------------------------------------------------------------------


def test_a_schema_that_goes_round_comes_to_an_end():
    node = {"type": "object", "required": ["l", "r"]}
    node["properties"] = {"l": {"$ref": "#"}, "r": {"$ref": "#"}}
    assert isinstance(Schema(node).value("", {}), dict)
    assert Schema({"$ref": "#"}).value("x", {}) == "x"


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string", "maxLength": 3}, "Wor"),
        ({"type": "string", "default": "d"}, "d"),
        ({"const": 7}, 7),
        ({"type": "null"}, None),
        ({"type": "number", "default": 2.5}, 2.5),
        ({"type": "integer"}, 1),
        ({"type": "boolean", "default": True}, True),
        ({"type": "object", "properties": {"a": TEXT}, "required": ["a", "b"]}, {"a": "Words."}),
    ],
)
def test_a_value_fits_its_schema(schema, value):
    assert Schema(schema).value("Words.", {}) == value
