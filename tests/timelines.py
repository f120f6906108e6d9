"""A timeline of a made-up agent: a mark that came and went, and a release that does not run."""

from datetime import UTC, datetime, timedelta

from undeclared.judge.timeline import bars, differences
from undeclared.model import (
    FindingKind,
    Probe,
    ProbedBy,
    Release,
    Severity,
    Signal,
    TimelineReport,
    Trait,
)

BEGAN = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
MARK = Trait(
    id="mark-1", kind=FindingKind.MARK, severity=Severity.HIGH,
    title="A look-alike character in a text: U+0027 APOSTROPHE becomes U+2019, by timezone",
    condition="timezone in {Asia/Tokyo, Asia/Seoul}", channel="text.codepoint",
    signals=("timezone",), place="api.vendor.example body", p_value=0.00001, bits=1.0,
)  # fmt: skip
LIST = Trait(
    id="hidden-constants-1", kind=FindingKind.HIDDEN_CONSTANTS, severity=Severity.MEDIUM,
    title="2 constants (time zone) in a form that no search for the text finds: base64, split ,",
    constants=("Asia/Tokyo", "Asia/Seoul"),
)  # fmt: skip
OPEN = Trait(
    id="influence-1", kind=FindingKind.INFLUENCE, severity=Severity.LOW, channel="text.value",
    title="Another text: “en” becomes “ja”, by locale", signals=("locale",), place="a.example body",
)  # fmt: skip


def release(number, odd=""):
    at = BEGAN + timedelta(2 * number)
    return Release(version=f"1.2.{number}", published=at, by=at, odd=odd)


def code(number, *traits, **fields):
    return Probe(version=f"1.2.{number}", by=ProbedBy.CODE, traits=traits, **fields)


def run(number, *traits, **fields):
    return Probe(
        version=f"1.2.{number}", by=ProbedBy.RUN, traits=traits, runs=60, detectable=0.31, **fields
    )


def timeline(**changes):
    """A timeline of 24 versions."""
    odd = "1.2.9 is said to be of 2026-08-01, but the later 1.2.10 of 2026-01-25"
    releases = tuple(release(number, odd if number == 9 else "") for number in range(24))
    longer = LIST.model_copy(update={"constants": (*LIST.constants, "Asia/Taipei")})
    probes = (
        code(0, downloaded=14_200_000), code(6), code(7, LIST), code(12, LIST),
        code(16, longer, downloaded=71_000_000), code(18), code(23),
        run(0, OPEN), run(6, OPEN), run(7, OPEN, MARK), run(16, OPEN, MARK), run(18, OPEN),
        run(23, OPEN),
        Probe(version="1.2.17", by=ProbedBy.RUN, problem="the agent does not run; none. See."),
    )  # fmt: skip
    fields = {
        "tool_version": "VERSION", "agent": "vendor-agent", "package": "pkg:npm/vendor-agent",
        "started": BEGAN, "seconds": 412.0, "scenario": "command",
        "compared": ("locale", "timezone"),
        "signals": (Signal(id="timezone", levels=("Etc/UTC", "Asia/Tokyo")),),
        "releases": releases, "left_out": ("withdrawn from the registry: 1.2.24",),
        "probes": probes, "bars": bars(releases, probes), "odd": (odd,),
        "problems": ("1.2.17 by run: the agent does not run",),
        "downloaded": 85_200_000, "complete": False,
    }  # fmt: skip
    return TimelineReport(**{**fields, **changes})


def watched():
    """What a watch tells of a new release with a mark."""
    releases = (release(0), release(1))
    probes = (run(0), run(1, MARK), code(0), code(1, LIST))
    return timeline(
        releases=releases, probes=probes, bars=bars(releases, probes), watch=True,
        news=differences(releases, probes), watched_from="1.2.0", odd=(), problems=(),
        left_out=(), complete=True,
    )  # fmt: skip


def hostile(text):
    """A timeline with the same text at every place where a registry or an agent has a say."""
    trait = MARK.model_copy(update={"title": text, "condition": text, "constants": (text,)})
    releases = (release(0), release(1, odd=text), release(2))
    releases = tuple(own.model_copy(update={"version": f"{own.version}{text}"}) for own in releases)
    probes = tuple(
        Probe(version=own.version, by=by, traits=(trait,) if own is releases[1] else ())
        for own in releases
        for by in ProbedBy
    )
    return timeline(
        agent=text, releases=releases, probes=probes, bars=bars(releases, probes), odd=(text,),
        news=differences(releases, probes), watch=True, watched_from=text, problems=(text,),
        left_out=(text,), signals=(Signal(id="timezone", levels=(text,)),),
    )  # fmt: skip
