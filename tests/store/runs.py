"""Runs of every shape."""

from datetime import UTC

from hypothesis import strategies as st

from undeclared.model import (
    DnsFlow,
    Environment,
    HttpFlow,
    HttpRequest,
    HttpResponse,
    Outcome,
    Phase,
    Run,
    StreamFlow,
    TlsFlow,
    Trial,
)

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
small = st.binary(max_size=20)
bodies = st.one_of(st.binary(max_size=30), st.integers(500, 3000).map(lambda size: b"\xff" * size))
numbers = st.floats(allow_nan=False, allow_infinity=False)
headers = st.lists(st.tuples(small, small), max_size=3).map(tuple)
requests = st.builds(
    HttpRequest, method=small, host=words, target=small, headers=headers, body=bodies
)
responses = st.builds(HttpResponse, status=st.integers(100, 599), headers=headers, body=bodies)
flows = st.one_of(
    st.builds(
        HttpFlow,
        started=numbers,
        request=requests,
        response=st.none() | responses,
        answered_by=words,
        step=st.none() | words,
        error=st.none() | words,
    ),
    st.builds(TlsFlow, started=numbers, sni=words, client_hello=bodies, error=words),
    st.builds(DnsFlow, started=numbers, name=words, type=words),
    st.builds(StreamFlow, started=numbers, address=words, first_bytes=bodies),
)
environments = st.dictionaries(words, words, max_size=3).map(Environment.of)
runs = st.builds(
    Run,
    trial=st.builds(Trial, id=words, environment=environments),
    scenario=words,
    started=st.datetimes(timezones=st.just(UTC)),
    seconds=numbers,
    reason=st.none() | words,
    stdout=bodies,
    stderr=bodies,
    flows=st.lists(flows, max_size=4).map(tuple),
)


def run(number, body=b""):
    """A plain run that can be told from others by its number."""
    request = HttpRequest(
        method=b"POST",
        scheme="https",
        host="api.vendor.example",
        port=443,
        target=b"/v1",
        version="HTTP/1.1",
        headers=((b"Host", b"api.vendor.example"),),
        body=body,
    )
    return Run(
        trial=Trial(
            id=f"discovery-0-{number:03d}",
            phase=Phase.DISCOVERY,
            block=0,
            environment=Environment.of({"timezone": "Etc/UTC"}),
        ),
        scenario="command",
        started="2026-01-02T03:04:05Z",
        seconds=1.5,
        outcome=Outcome.COMPLETED,
        flows=(HttpFlow(started=0.1, connection=0, request=request, answered_by="generic"),),
    )
