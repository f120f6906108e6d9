import base64
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from static.hidden import concealing

from undeclared.model.code import FileKind, SourceFile
from undeclared.static.hidden import hidden

HOSTS = ("gateway.example.com", "model.relay.cn", "api.vendor.ai", "proxy.studio.dev")


def searched(text, kind=FileKind.JAVASCRIPT):
    found, omitted = hidden(SourceFile("program.js", kind, text.encode()))
    assert not omitted
    return found


def program(expression, seed=0):
    chance = random.Random(seed)
    return f"{concealing.decoys(chance)}var q={expression};{concealing.decoys(chance)}"


def test_base64_of_a_list_under_a_key_of_one_byte_is_found_with_its_place() -> None:
    coded = base64.b64encode(bytes(byte ^ 91 for byte in ",".join(HOSTS).encode())).decode()
    text = program(f'"{coded}"')
    (one,) = searched(text)
    assert one.entries == HOSTS
    assert one.decoder == ("base64", "xor 91", "split ,")
    assert one.looks == ("host name",)
    assert text[one.region.start : one.region.end] == f'"{coded}"'


@pytest.mark.parametrize(
    "expression",
    [
        str([ord(sign) + 20 for sign in "|".join(HOSTS)]),
        str([ord(sign) + 300 for sign in "|".join(HOSTS)]),
        "[" + ",".join(f'"{base64.b64encode(host.encode()).decode()}"' for host in HOSTS) + "]",
        '"' + "".join(f"\\x{ord(sign):02x}" for sign in "|".join(HOSTS)) + '"',
        '"' + "".join(f"\\u{ord(sign):04x}" for sign in "|".join(HOSTS)) + '"',
        '"' + ",".join(HOSTS)[::-1] + '"',
        '"' + "".join(f"%{ord(sign):02X}" for sign in ",".join(HOSTS)) + '"',
        "[" + ",".join(str([ord(sign) for sign in host]) for host in HOSTS) + "]",
        f"[{','.join(map(concealing.pieces, HOSTS))}]",
    ],
    ids="moved far list escapes u-escapes reversed percent codes pieces".split(),  # noqa: SIM905
)  # fmt: skip
def test_other_written_forms_are_found(expression) -> None:
    assert [one.entries for one in searched(program(expression))] == [HOSTS]


def test_entries_keep_their_order_and_none_is_left_out() -> None:
    chance = random.Random(3)
    entries = tuple(concealing.KINDS["hosts"](chance) for _ in range(500))
    coded = base64.b64encode(bytes(byte ^ 7 for byte in "\n".join(entries).encode())).decode()
    assert [one.entries for one in searched(program(f'"{coded}"'))] == [entries]


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**32))
def test_what_hides_nothing_is_not_reported(seed) -> None:
    chance = random.Random(seed)
    assert searched("".join(concealing.decoys(chance) for _ in range(4))) == []


@pytest.mark.parametrize("make", concealing.TABLES, ids=lambda make: make.__name__.strip("_"))
def test_tables_and_words_that_anybody_reads_are_not_reported(make) -> None:
    chance = random.Random(5)
    tables = "".join(f"x = {make(chance)}\n" for _ in range(60))
    assert searched(tables, FileKind.PYTHON) == []


@settings(max_examples=8, deadline=None)
@given(st.binary(min_size=1, max_size=400))
def test_random_bytes_are_no_constants_however_they_are_written(data) -> None:
    numbers = ",".join(map(str, data))
    escaped = "".join(f"\\x{byte:02x}" for byte in data)
    coded = base64.b64encode(data).decode()
    assert searched(f'f("{coded}");f("{data.hex()}");f([{numbers}]);f("{escaped}");') == []


_NAMED_ZONES = [zone for zone in concealing.ZONES if "GMT" not in zone and len(zone) > 7]


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.sampled_from(_NAMED_ZONES), min_size=3, max_size=30, unique=True),
    st.integers(1, 255),
    st.sampled_from(["base64", "hex", "numbers", "escapes"]),
    st.booleans(),
)
def test_zones_under_any_key_in_any_form_are_found(zones, key, form, backwards) -> None:
    data = bytes(byte ^ key for byte in ";".join(zones).encode())
    data = data[::-1] if backwards else data
    written = {
        "base64": f'"{base64.b64encode(data).decode()}"',
        "hex": f'"{data.hex()}"',
        "numbers": str(list(data)),
        "escapes": '"' + "".join(f"\\x{byte:02x}" for byte in data) + '"',
    }[form]
    assert [one.entries for one in searched(program(written))] == [tuple(zones)]


def test_nearly_all_compositions_of_up_to_three_steps_are_found() -> None:
    hits = false = 0
    for seed in range(24):
        chance = random.Random(seed)
        case = concealing.case(chance)
        kind = FileKind.PYTHON if case.python else FileKind.JAVASCRIPT
        found = searched(concealing.program(chance, case), kind)
        hits += any(one.entries == case.entries for one in found)
        false += any(not set(one.entries) & set(case.entries) for one in found)
    assert hits >= 19
    assert false == 0


def test_a_rebuild_with_other_names_has_the_same_id() -> None:
    coded = base64.b64encode(bytes(byte ^ 91 for byte in ",".join(HOSTS).encode())).decode()
    one, other = (searched(program(f'"{coded}"', seed))[0] for seed in (1, 2))
    assert one.id == other.id
    assert one.region.start != other.region.start


@pytest.mark.parametrize("kind", list(FileKind))
@pytest.mark.parametrize("data", [b"", b'"', b"\xff\xfe\x00", b"[1,2", b'"\\', b"'" * 1000])
def test_any_bytes_of_any_kind_can_be_searched(kind, data) -> None:
    assert hidden(SourceFile("x", kind, data)) == ([], [])


def test_a_run_in_a_native_file_is_decoded() -> None:
    coded = base64.b64encode(bytes(byte ^ 91 for byte in ",".join(HOSTS).encode()))
    data = random.Random(1).randbytes(5000) + b"\0" + coded + b"\0" + bytes(5000)
    (one,) = hidden(SourceFile("agent", FileKind.NATIVE, memoryview(data)))[0]
    assert one.entries == HOSTS
    assert data[one.region.start : one.region.end].rstrip(b"\0") == coded


@pytest.mark.parametrize("text", ["ab" + "1" * 3000 + "!", "Ab" * 3000 + "!", "a.bc" * 2000 + "("])
def test_no_literal_takes_time_that_grows_faster_than_it_does(text) -> None:
    assert searched(f'x = "{text}"') == []


def test_what_is_let_go_is_told_once(monkeypatch) -> None:
    monkeypatch.setattr("undeclared.static.hidden.rounds.MAX_STATES", 2)
    monkeypatch.setattr("undeclared.static.hidden.rounds.MAX_ROUND", 1)
    forms = [base64.b64encode(random.Random(n).randbytes(60)).decode() for n in range(4)]
    text = ";".join(f'f("{form}")' for form in forms)
    found, omitted = hidden(SourceFile("x.js", FileKind.JAVASCRIPT, text.encode()))
    assert found == []
    assert [own.path for own in omitted] == ["x.js"]
