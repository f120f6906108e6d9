"""What has the same id is told once, with its places."""

from undeclared.model import (
    CodeCondition,
    CodeFlow,
    CodeRead,
    Comparison,
    Component,
    Endpoint,
    FlowStep,
    HiddenConstants,
    Omission,
    Region,
    Scan,
)
from undeclared.static import merge
from undeclared.static.merge import merged


def at(start: int, path: str = "cli.js") -> Region:
    return Region(path=path, start=start, end=start + 5, excerpt=f"at {start}")


def read(name: str, start: int) -> CodeRead:
    return CodeRead(id=name, signals=("timezone",), what="env:TZ", region=at(start))


def test_places_are_kept_without_their_excerpts():
    found = merged([Scan(reads=(read("a", 0), read("b", 10))), Scan(reads=(read("a", 20),))])
    assert found.reads == (
        read("a", 0).model_copy(
            update={"places": 2, "also_at": (at(20).model_copy(update={"excerpt": ""}),)}
        ),
        read("b", 10),
    )


def test_the_same_place_counts_once():
    found = merged([Scan(reads=(read("a", 0),)), Scan(reads=(read("a", 0), read("a", 9)))])
    assert found.reads[0].places == 2
    assert [region.start for region in found.reads[0].also_at] == [9]


def test_merging_what_was_merged_adds_its_places():
    one = merged([Scan(reads=(read("a", 0), read("a", 9)))])
    two = merged([Scan(reads=(read("a", 50), read("a", 60), read("a", 70)))])
    whole = merged([one, two])
    assert whole.reads[0].places == 5
    assert [region.start for region in whole.reads[0].also_at] == [9, 50, 60, 70]


def test_many_places_are_counted_and_few_are_told():
    found = merged([Scan(reads=tuple(read("a", number) for number in range(1000)))])
    assert found.reads[0].places == 1000
    assert len(found.reads[0].also_at) == merge.MAX_ALSO


def test_too_many_of_a_sort_are_an_omission(monkeypatch):
    monkeypatch.setattr(merge, "MAX_EACH", 3)
    found = merged([Scan(reads=tuple(read(str(number), number) for number in range(5)))])
    assert len(found.reads) == 3
    assert found.omissions == (
        Omission(path="", what="2 reads beyond the first 3 of different shapes"),
    )


def test_everything_is_merged():
    hidden = HiddenConstants(
        id="h", decoder=("base64",), entries=("x",), looks=("word",), score=1, region=at(1)
    )
    condition = CodeCondition(
        id="c", signals=("timezone",), what="env:TZ", test=Comparison.EQUALS, region=at(2)
    )
    step = FlowStep(region=at(3), says="read")
    flow = CodeFlow(
        id="f", signals=("timezone",), what="env:TZ", sink="prompt", by="choice", steps=(step,)
    )
    endpoint = Endpoint(host="a.example", url="https://a.example", called=False, region=at(4))
    called = endpoint.model_copy(update={"called": True, "region": at(9)})
    component = Component(name="lib", role="telemetry", region=at(5))
    one = Scan(
        files=1,
        bytes=10,
        hidden=(hidden,),
        conditions=(condition,),
        flows=(flow,),
        endpoints=(endpoint,),
        components=(component,),
        omissions=(Omission(path="a", what="why"),),
    )
    late = Omission(path="b", what="why")
    found = merged([one, late, one.model_copy(update={"endpoints": (called,)}), late])
    assert (found.files, found.bytes) == (2, 20)
    assert (len(found.hidden), len(found.conditions), len(found.components)) == (1, 1, 1)
    assert found.flows[0].places == 2
    assert found.endpoints[0].places == 2
    assert found.endpoints[0].called, "one place that calls it is enough"
    assert found.omissions == (Omission(path="a", what="why"), late)


def test_omissions_are_bounded(monkeypatch):
    monkeypatch.setattr(merge, "MAX_OMISSIONS", 2)
    found = merged(Omission(path=str(number), what="why") for number in range(5))
    assert [own.what for own in found.omissions] == ["why", "why", "3 further omissions"]
