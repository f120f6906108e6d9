from simulation import DEFAULT_HOST, flow, run_of

from undeclared.model import DnsFlow, Environment, HttpFlow, Phase, Run, Trial, View
from undeclared.views.place import MODEL_HOST, Place
from undeclared.views.readings import Reader, template

HERE = Environment.of({"base-url-host": "unset", "timezone": "Etc/UTC"})
MOVED = Environment.of({"base-url-host": "gateway.example.cn", "timezone": "Etc/UTC"})


def run(environment: Environment, *flows: HttpFlow | DnsFlow) -> Run:
    trial = Trial(id="t", phase=Phase.DISCOVERY, block=0, environment=environment)
    return run_of(trial).model_copy(update={"flows": flows})


def of(environment: Environment, *flows: HttpFlow | DnsFlow) -> dict[Place, str]:
    moved = environment["base-url-host"].replace("unset", "")
    return Reader(DEFAULT_HOST).readings(run(environment, *flows), moved)


def event(environment: Environment, host: str) -> HttpFlow:
    """A request that is no part of the conversation."""
    sent = flow(environment, {"event": "start"})
    request = sent.request.model_copy(update={"host": host, "target": b"/event"})
    return sent.model_copy(update={"request": request, "step": None, "answered_by": "generic"})


def test_the_conversation_has_the_same_places_wherever_the_model_is():
    assert set(of(HERE, flow(HERE, {"a": 1}))) == set(of(MOVED, flow(MOVED, {"a": 1})))


def test_what_goes_to_the_vendor_stays_with_the_vendor():
    for environment in (HERE, MOVED):
        hosts = {place.host for place in of(environment, event(environment, DEFAULT_HOST))}
        assert hosts == {DEFAULT_HOST}
    assert {place.host for place in of(MOVED, event(MOVED, "gateway.example.cn"))} == {MODEL_HOST}


def test_looking_up_the_model_is_no_difference_but_other_names_are():
    def asked(environment: Environment, name: str) -> dict[Place, str]:
        return of(environment, DnsFlow(started=0, name=name, type="A", transport="udp"))

    assert asked(HERE, DEFAULT_HOST) == asked(MOVED, "gateway.example.cn") == {}
    (presence, case) = asked(MOVED, "Collector.example.com")
    assert (presence.host, presence.view) == ("collector.example.com", View.PRESENCE)
    assert case.view is View.CASE


def test_the_same_request_again_is_another_step():
    steps = {place.step for place in of(HERE, flow(HERE, {}), flow(HERE, {}))}
    assert steps == {"turn-1", "turn-1#2", ""}


def test_pointers_are_json_pointers():
    body = {"a/b": [{"type": "text", "text": "x"}], "tools": [{"name": "Bash", "d": "y"}]}
    pointers = {place.pointer for place in of(HERE, flow(HERE, body)) if place.part == "body"}
    assert {"/a~1b/0/text", "/tools/[name=Bash]/d"} <= pointers


def test_a_body_that_is_no_json_is_read_as_text_or_bytes():
    def body(content: bytes) -> set[View]:
        found = of(HERE, flow(HERE, content))
        return {own.view for own in found if own.part == "body" and own.view is not View.ENCODING}

    assert body(b"plain text") == body(b"{broken") == {View.TEXT}
    assert body(b"\0\1\2") == {View.VALUE}


def test_equal_values_are_read_once_and_give_the_same_readings():
    reader = Reader(DEFAULT_HOST)
    body = {"tools": [{"name": f"tool{n}", "schema": {"text": "long " * 40}} for n in range(9)]}
    first, second = (reader.readings(run(HERE, flow(HERE, body)), "") for _ in range(2))
    assert first == second == of(HERE, flow(HERE, body))


def test_identifiers_in_a_path_do_not_keep_it_from_aligning():
    assert template("/v1/runs/123456/events") == "/v1/runs/{id}/events"
    assert template("/v1/messages") == "/v1/messages"


def test_what_follows_from_the_version_is_read_as_the_version_alone():
    sent = flow(HERE, {}, headers=((b"Accept", b"*/*"), (b"Host", b"api.vendor.example")))
    headers = (
        (b":method", b"POST"), (b":authority", b"api.vendor.example:443"), (b":scheme", b"https"),
        (b":path", b"/v1/messages"), (b"accept", b"*/*"),
    )  # fmt: skip
    request = sent.request.model_copy(update={"version": "HTTP/2.0", "headers": headers})
    one, other = (
        Reader().readings(run(HERE, own), None)
        for own in (sent, sent.model_copy(update={"request": request}))
    )
    told = {View.VALUE, View.TEXT, View.PRESENCE}
    differing = {
        (place.part, place.pointer)
        for place in one.keys() | other.keys()
        if place.view in told and one.get(place) != other.get(place)
    }
    assert differing == {("line", "version")}


def test_requests_that_tell_of_one_event_each_go_by_its_name():
    def at(name: str, started: float) -> HttpFlow:
        sent = flow(HERE, {"events": [{"name": name, "at": started}]})
        return sent.model_copy(update={"step": None, "started": started})

    one, other = (
        of(HERE, at(names[0], 0.1), at(names[1], 0.2))
        for names in (("usage", "closed"), ("closed", "usage"))
    )
    said = {place for place in one if place.view is View.TEXT and place.part == "body"}
    assert {place: one[place] for place in said} == {place: other.get(place) for place in said}
    (sequence,) = (place for place in one if place.view is View.SEQUENCE)
    assert one[sequence] != other[sequence]


def test_a_delay_is_told_apart_by_what_came_before():
    def at(target: bytes, started: float, step: str | None) -> HttpFlow:
        sent = flow(HERE, {})
        request = sent.request.model_copy(update={"target": target})
        return sent.model_copy(update={"request": request, "step": step, "started": started})

    alone = of(HERE, at(b"/m", 0.5, "turn-1"))
    after = of(HERE, at(b"/e", 0.5, None), at(b"/m", 0.6, "turn-1"))
    (place,) = (place for place in alone if place.view is View.DELAY)
    assert alone[place] == "500"
    assert place not in after
    assert sorted(after[own] for own in after if own.view is View.DELAY) == ["100", "500"]
