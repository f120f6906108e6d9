"""Records are frozen and closed, and survive JSON with whatever bytes they hold."""

import base64
import inspect
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from undeclared import model
from undeclared.model import (
    Artifact,
    Contact,
    ContactFact,
    Contrast,
    Coverage,
    DnsFlow,
    Environment,
    Evidence,
    Finding,
    FindingVariant,
    Flow,
    Frozen,
    Hidden,
    HttpFlow,
    HttpRequest,
    HttpResponse,
    Locus,
    Read,
    Report,
    Run,
    RunCounts,
    Signal,
    StreamFlow,
    TlsFlow,
    Trial,
    Unconfirmed,
)

# What pydantic cannot tell hypothesis: no record holds NaN or infinity, times are UTC, and text
# holds no lone surrogates (it is UTF-8 on disk).
TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
NUMBER = st.floats(0, 1e6)
SHARE = st.floats(0, 1)
COUNT = st.integers(0, 10**6)
MOMENT = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
BYTES = st.binary(max_size=40)
HEADERS = st.lists(st.tuples(BYTES, BYTES), max_size=3).map(tuple)


def _some(items: st.SearchStrategy, least: int = 0) -> st.SearchStrategy:
    return st.lists(items, min_size=least, max_size=least + 1).map(tuple)


SIGNALS = st.builds(Signal, id=TEXT, levels=_some(TEXT))
LOCI = st.builds(Locus, host=TEXT, method=TEXT, path=TEXT, part=TEXT, pointer=TEXT, segment=TEXT)
REQUESTS = st.builds(
    HttpRequest,
    method=BYTES,
    host=TEXT,
    port=COUNT,
    target=BYTES,
    version=TEXT,
    headers=HEADERS,
    body=BYTES,
)
RESPONSES = st.builds(HttpResponse, status=COUNT, headers=HEADERS, body=BYTES)
FLOWS = st.one_of(
    st.builds(
        HttpFlow,
        started=NUMBER,
        connection=COUNT,
        request=REQUESTS,
        response=st.none() | RESPONSES,
        answered_by=TEXT,
        step=st.none() | TEXT,
        error=st.none() | TEXT,
    ),
    st.builds(
        TlsFlow,
        started=NUMBER,
        connection=COUNT,
        sni=st.none() | TEXT,
        port=COUNT,
        client_hello=BYTES,
    ),
    st.builds(DnsFlow, started=NUMBER, name=TEXT, type=TEXT),
    st.builds(StreamFlow, started=NUMBER, address=TEXT, port=COUNT, first_bytes=BYTES),
)
TRIALS = st.builds(
    Trial,
    id=TEXT,
    block=COUNT,
    environment=st.builds(Environment.of, st.dictionaries(TEXT, TEXT, max_size=3)),
)
RUNS = st.builds(
    Run,
    trial=TRIALS,
    scenario=TEXT,
    started=MOMENT,
    seconds=NUMBER,
    reason=st.none() | TEXT,
    exit_status=st.none() | st.integers(-64, 255),
    stdout=BYTES,
    stderr=BYTES,
    flows=_some(FLOWS),
)
FINDINGS = st.builds(
    Finding,
    id=TEXT,
    title=TEXT,
    condition=TEXT,
    declared=st.none() | st.booleans(),
    covert=st.just(True),
    covert_because=st.just("equal skeleton"),
    signals=_some(SIGNALS, least=1),
    channel=TEXT,
    locus=LOCI,
    bits=NUMBER,
    p_value=SHARE,
    variants=_some(
        st.builds(
            FindingVariant,
            when=st.dictionaries(TEXT, TEXT, max_size=2),
            text=TEXT,
            codepoints=_some(TEXT),
            changed=TEXT,
            conditions=_some(SIGNALS),
            seen=COUNT,
            of=COUNT,
        ),
        least=2,
    ),
    contrasts=_some(
        st.builds(
            Contrast,
            signal=TEXT,
            levels=_some(TEXT),
            against=_some(TEXT),
            within=_some(SIGNALS),
            variant=COUNT,
            counts=st.tuples(st.tuples(COUNT, COUNT), st.tuples(COUNT, COUNT)),
            p_value=SHARE,
            p_adjusted=SHARE,
        )
    ),
    also_at=_some(LOCI),
    evidence=_some(st.builds(Evidence, run=TEXT, flow=COUNT, sha256=TEXT, note=TEXT)),
)
REPORTS = st.builds(
    Report,
    tool_version=TEXT,
    agent=TEXT,
    started=MOMENT,
    seconds=NUMBER,
    artifact=st.builds(
        Artifact,
        purl=TEXT,
        name=TEXT,
        version=TEXT,
        published=st.none() | MOMENT,
        sha256=TEXT,
        size=COUNT,
    ),
    coverage=st.builds(
        Coverage,
        scenario=TEXT,
        signals=_some(SIGNALS),
        runs=st.builds(RunCounts, **dict.fromkeys(RunCounts.model_fields, COUNT)),
        minimum_detectable_effect=st.none() | SHARE,
        family_wise_error_rate=SHARE,
        loci=COUNT,
        noisy=_some(LOCI),
        unconfirmed=_some(
            st.builds(Unconfirmed, locus=LOCI, signals=_some(SIGNALS), status=TEXT, p_value=SHARE)
        ),
        not_exercised=_some(TEXT),
        problems=_some(TEXT),
    ),
    contacts=_some(
        st.builds(Contact, host=TEXT, port=COUNT, requests=COUNT, bytes_out=COUNT, runs=COUNT)
    ),
    reads=_some(st.builds(Read, signal=TEXT, how=TEXT, evidence=TEXT)),
    hidden=_some(st.builds(Hidden, decoder=TEXT, entries=_some(TEXT), evidence=TEXT)),
    findings=_some(FINDINGS),
    evidence_folder=TEXT,
)


@settings(deadline=None, max_examples=60)
@given(st.one_of(RUNS, REPORTS))
def test_a_record_survives_json(record: Frozen) -> None:
    again = type(record).model_validate_json(record.model_dump_json())
    assert again == record
    assert again.model_dump_json() == record.model_dump_json()


@settings(deadline=None)
@given(FLOWS)
def test_a_flow_survives_json_as_its_own_kind(flow: Flow) -> None:
    adapter = TypeAdapter(Flow)
    again = adapter.validate_json(adapter.dump_json(flow))
    assert type(again) is type(flow)
    assert again == flow


@settings(deadline=None)
@given(RESPONSES)
def test_bytes_are_base64_in_json(response: HttpResponse) -> None:
    written = json.loads(response.model_dump_json())
    assert base64.urlsafe_b64decode(written["body"]) == response.body
    assert written["headers"] == [
        [base64.urlsafe_b64encode(part).decode() for part in header] for header in response.headers
    ]


def test_standard_base64_is_read_as_well() -> None:
    text = '{"status": 200, "headers": [], "body": "+/8="}'
    assert HttpResponse.model_validate_json(text).body == b"\xfb\xff"


def test_a_body_that_is_no_base64_is_refused() -> None:
    with pytest.raises(ValidationError, match="body"):
        HttpResponse.model_validate_json('{"status": 200, "headers": [], "body": "*"}')


RECORDS = [
    kind
    for _, kind in inspect.getmembers(model, inspect.isclass)
    if issubclass(kind, Frozen) and kind is not Frozen
]


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
def test_every_type_is_frozen_and_closed(kind: type[Frozen]) -> None:
    assert kind.model_config["frozen"]
    assert kind.model_config["extra"] == "forbid"


def test_a_record_cannot_be_changed() -> None:
    locus = Locus(host="a.example", method="GET", path="/", part="line")
    with pytest.raises(ValidationError, match="frozen"):
        locus.host = "b.example"


def test_a_record_refuses_unknown_fields() -> None:
    with pytest.raises(ValidationError, match="colour"):
        Signal(id="timezone", levels=("Etc/UTC",), colour="red")


@given(RUNS)
@settings(deadline=None, max_examples=30)
def test_a_runs_environment_is_its_trials(run: Run) -> None:
    assert run.environment == run.trial.environment


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (RunCounts, dict.fromkeys(RunCounts.model_fields, -1)),
        (
            ContactFact,
            {"host": "a", "port": "https", "runs": 1, "requests": 1, "bytes_out": 1}
            | {"answered_as_model": False},
        ),
    ],
)
def test_impossible_numbers_are_refused(kind: type[Frozen], values: dict) -> None:
    with pytest.raises(ValidationError):
        kind(**values)


def test_a_locus_reads_as_a_place() -> None:
    locus = Locus(
        host="api.vendor.example",
        method="POST",
        path="/v1/messages",
        part="body",
        pointer="/system",
        segment="self⟨…⟩contained",
        step="turn-1",
    )
    assert (
        str(locus)
        == "POST api.vendor.example/v1/messages (turn-1) body /system at “self⟨…⟩contained”"
    )
