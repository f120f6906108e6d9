"""Two scans compared by what the code does."""

from undeclared.model import CodeRead, Endpoint, Region, Scan
from undeclared.static import compare


def read(name: str, path: str = "a.js", start: int = 0) -> CodeRead:
    region = Region(path=path, start=start, end=start + 1)
    return CodeRead(id=name, signals=("timezone",), what="env:TZ", region=region)


def endpoint(host: str, *, called: bool = False) -> Endpoint:
    region = Region(path="a.js", start=0, end=1)
    return Endpoint(host=host, url=f"https://{host}/v1", called=called, region=region)


def test_the_same_code_elsewhere_is_no_change():
    before = Scan(files=1, reads=(read("r1"), read("r2", start=9)), endpoints=(endpoint("a"),))
    after = Scan(
        files=7,
        reads=(read("r2", "b.js"), read("r1", "b.js", 400)),
        endpoints=(endpoint("a", called=True),),
    )
    assert not compare(before, after)


def test_what_came_and_what_went():
    changes = compare(
        Scan(reads=(read("r1"), read("r2")), endpoints=(endpoint("a"),)),
        Scan(reads=(read("r2"), read("r3")), endpoints=(endpoint("a"), endpoint("b"))),
    )
    assert changes
    assert [own.id for own in changes.reads.added] == ["r3"]
    assert [own.id for own in changes.reads.removed] == ["r1"]
    assert changes.endpoints.added == (endpoint("b"),)
    assert not changes.endpoints.removed
    assert not changes.hidden
