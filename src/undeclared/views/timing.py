"""Readings of when requests begin: in which order, and how long after what came before.

Times are of the lab's own clock, in milliseconds. They vary by themselves in every run; what they
say is tested as a distribution.
"""

from collections.abc import Mapping

from undeclared.model import HttpFlow, Run, View
from undeclared.views.place import Key, Place, Readings

_GAP = "\t"
"""Between the parts of a key, which hold none of it."""


def readings(found: Readings, run: Run, own: Mapping[int, Key]) -> None:
    """The sequence of the requests of a run, and the delay of each.

    The delay is the time since the request that began last before it had come in, the first one's
    that since the start. It is compared only among runs in which the same request came before: what
    another request takes is no delay of the next.
    """
    flows = [(flow, own[at]) for at, flow in enumerate(run.flows) if isinstance(flow, HttpFlow)]
    flows.sort(key=lambda pair: pair[0].started)
    labels = [_GAP.join(part.replace(_GAP, " ") for part in key) for _, key in flows]
    if len(labels) > 1:
        found[Place("", "", "", "", "sequence", "", View.SEQUENCE)] = "\n".join(labels)
    before, last = "the start", 0.0
    for (flow, own_key), label in zip(flows, labels, strict=True):
        waited = max(0.0, flow.started - last)
        place = Place(*own_key, "request", f"after {before}", View.DELAY)
        found[place] = str(round(waited * 1000))
        before, last = told(label), max(last, flow.started, flow.ended or 0.0)


def key(label: str) -> Key:
    """The key of a request in a sequence."""
    host, method, path, step = label.split(_GAP)
    return host, method, path, step


def told(label: str) -> str:
    """A request in a sequence, for a person."""
    host, method, path, step = label.split(_GAP)
    return f"{method} {host}{path} {step}".rstrip()
