"""What the code can do, judged: hidden constants, and conditions on what is sent."""

import pytest

from undeclared.catalogue import AgentProfile, Declaration, Examples
from undeclared.judge import code_findings, hidden_in_code, reads_in_code
from undeclared.model import (
    CodeCondition,
    CodeFlow,
    CodeRead,
    Comparison,
    ConditionStatus,
    Confidence,
    FindingKind,
    FlowStep,
    HiddenConstants,
    Region,
    Scan,
    Severity,
)

REGION = Region(path="cli.js", start=10, end=20)


def constants(looks=("host name",), score=0.95, entries=("a.example", "b.example")):
    return HiddenConstants(
        id="hidden-aaaaaaaaaaaa", decoder=("base64", "xor 91"), entries=entries, looks=looks,
        score=score, region=REGION,
    )  # fmt: skip


def condition(test=Comparison.EQUALS, hidden=None, values=("a", "b"), negated=False):
    return CodeCondition(
        id="condition-bbbbbbbbbbbb", signals=("timezone",), what="env:TZ", test=test,
        values=values, hidden=hidden, negated=negated, region=REGION,
    )  # fmt: skip


def way(sink="prompt", by="choice"):
    return CodeFlow(
        id=f"flow-{sink.replace(' ', '')}", signals=("timezone",), what="env:TZ", sink=sink, by=by,
        steps=(FlowStep(region=REGION, says="read"),), condition="condition-bbbbbbbbbbbb",
    )  # fmt: skip


def profile(*hosts):
    return AgentProfile(
        id="mine",
        title="Mine",
        command=("run",),
        wire="openai-chat",
        declarations=tuple(
            Declaration(host=host, says="the API", source="docs", date="2026-11-22")
            for host in hosts
        ),
        examples=Examples(match=("mine",), reject=("yours",)),
    )


@pytest.mark.parametrize(
    ("scan", "severity", "confidence"),
    [
        pytest.param(
            Scan(conditions=(condition(hidden="hidden-aaaaaaaaaaaa"),), flows=(way(),)),
            Severity.HIGH, Confidence.MEDIUM, id="hidden constants choose what is sent",
        ),
        pytest.param(
            Scan(conditions=(condition(hidden="hidden-aaaaaaaaaaaa"),)),
            Severity.MEDIUM, Confidence.LOW, id="hidden constants are compared",
        ),
        pytest.param(
            Scan(conditions=(condition(values=("Asia/Tokyo",)),), flows=(way("header"),)),
            Severity.MEDIUM, Confidence.MEDIUM, id="a time zone chooses what is in a request",
        ),
        pytest.param(
            Scan(conditions=(condition(values=("linux", "win32")),), flows=(way("header"),)),
            Severity.LOW, Confidence.MEDIUM, id="open constants choose what is in a request",
        ),
        pytest.param(
            Scan(conditions=(condition(values=("Asia/Tokyo",)),), flows=(way("telemetry event"),)),
            Severity.LOW, Confidence.MEDIUM, id="open constants choose what telemetry says",
        ),
        pytest.param(
            Scan(hidden=(constants(),)),
            Severity.MEDIUM, Confidence.MEDIUM, id="hidden host names",
        ),
        pytest.param(
            Scan(hidden=(constants(("word",), 0.6),)),
            Severity.LOW, Confidence.LOW, id="perhaps hidden words",
        ),
    ],
)  # fmt: skip
def test_severity_by_what_is_kept_from_the_eye(scan, severity, confidence):
    (finding,) = code_findings(scan)
    assert (finding.severity, finding.confidence) == (severity, confidence)


@pytest.mark.parametrize(
    "scan",
    [
        pytest.param(Scan(conditions=(condition(),)), id="a comparison that nothing hangs on"),
        pytest.param(
            Scan(conditions=(condition(),), flows=(way(by="value"),)), id="a value sent as it is"
        ),
        pytest.param(
            Scan(conditions=(condition(Comparison.PRESENT, values=()),), flows=(way(),)),
            id="whether a variable is there",
        ),
        pytest.param(
            Scan(reads=(CodeRead(id="r-1", signals=("ci",), what="env:CI", region=REGION),)),
            id="an open read",
        ),
    ],
)
def test_what_programs_do_all_day_is_no_finding(scan):
    assert code_findings(scan) == ()


def test_a_finding_says_bytes_and_conditions():
    scan = Scan(
        hidden=(constants(),),
        conditions=(condition(Comparison.SUFFIX, "hidden-aaaaaaaaaaaa", negated=True),),
        flows=(way(), way("header")),
    )
    finding = code_findings(scan)[0]
    assert finding.kind is FindingKind.CONDITION
    assert finding.title == (
        "The code compares timezone with 2 constants kept as base64, xor 91; the outcome chooses"
        " what is in: prompt, header"
    )
    assert finding.condition == "timezone does not end with {a, b}"
    assert [signal.id for signal in finding.signals] == ["timezone"]
    assert finding.about[0] == "condition-bbbbbbbbbbbb"
    assert {"hidden-aaaaaaaaaaaa", "flow-prompt", "flow-header"} <= set(finding.about)
    assert str(finding.locus) == "cli.js code 10-20"


def test_the_id_is_that_of_the_code_and_no_other_place_changes_it():
    scan = Scan(conditions=(condition(hidden="x"),))
    elsewhere = condition(hidden="x").model_copy(
        update={"region": Region(path="other.js", start=7, end=9)}
    )
    (here,), (there,) = code_findings(scan), code_findings(Scan(conditions=(elsewhere,)))
    assert here.id == there.id == "condition-bbbbbbbbbbbb"


def test_the_worst_comes_first():
    scan = Scan(
        hidden=(constants(("word",)),),
        conditions=(condition(hidden="hidden-aaaaaaaaaaaa"),),
        flows=(way(),),
    )
    assert [own.severity for own in code_findings(scan)] == [Severity.HIGH, Severity.LOW]


@pytest.mark.parametrize(
    ("hosts", "declared"),
    [((), None), (("a.example",), False), (("*.example",), True)],
)
def test_hidden_hosts_are_compared_with_the_declarations(hosts, declared):
    (finding,) = code_findings(Scan(hidden=(constants(),)), profile(*hosts))
    assert finding.declared is declared


def test_no_declaration_is_about_hidden_words():
    scan = Scan(hidden=(constants(("word",)),))
    assert code_findings(scan, profile("*"))[0].declared is None
    assert code_findings(scan)[0].declared is None


def test_reads_come_by_signal_under_the_promised_names():
    reads = (
        CodeRead(id="r-1", signals=("hostname",), what="os.hostname", region=REGION, places=3),
        CodeRead(id="r-2", signals=("timezone", "locale"), what="run:date +%Z", region=REGION),
        CodeRead(id="r-3", signals=("timezone",), what="env:TZ", region=REGION),
    )
    told = reads_in_code(reads)
    by_signal = [(own.signal, own.how) for own in told]
    assert by_signal.index(("timezone", "the variable TZ, in the code")) < by_signal.index(
        ("timezone", "the command date +%Z, in the code")
    )
    assert len(told) == 4
    (host,) = [own for own in told if own.signal == "hostname"]
    assert (host.how, host.evidence) == (
        "os.hostname, in the code",
        "cli.js bytes 10-20, and 2 more",
    )


def test_hidden_constants_come_surest_first():
    told = hidden_in_code((constants(score=0.4), constants(score=0.9)))
    assert [own.score for own in told] == [0.9, 0.4]
    assert told[0].decoder == "base64, xor 91"
    assert told[0].steps == ("base64", "xor 91")


def test_what_runs_confirmed_is_surer_and_as_bad_as_what_is_seen_to_lead_out():
    own = condition(hidden="hidden-aaaaaaaaaaaa")
    scan = Scan(conditions=(own,), hidden=(constants(),))

    def told(status):
        (found,) = (
            one
            for one in code_findings(scan, statuses={own.id: status})
            if one.kind is FindingKind.CONDITION
        )
        return found.severity, found.confidence, found.title.endswith(status.value)

    assert told(ConditionStatus.CONFIRMED) == (Severity.HIGH, Confidence.HIGH, True)
    assert told(ConditionStatus.NOT_EXERCISED) == (Severity.MEDIUM, Confidence.LOW, True)


def test_the_same_comparison_by_two_ways_is_said_once():
    one = condition(hidden="hidden-aaaaaaaaaaaa")
    other = one.model_copy(update={"id": "condition-cccccccccccc"})
    found = code_findings(Scan(conditions=(one, other)))
    assert [own.about for own in found] == [
        (one.id, "hidden-aaaaaaaaaaaa", other.id)
    ]  # fmt: skip
