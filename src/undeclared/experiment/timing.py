"""Readings of when requests begin: in which order, and how long after what came before.

Times are of the lab's own clock, in milliseconds. They vary by themselves in every run; what they
say is tested as a distribution.
"""

from collections.abc import Mapping

from undeclared.experiment.place import Key, Place, Readings
from undeclared.model import HttpFlow, Run, View


def readings(found: Readings, run: Run, own: Mapping[int, Key]) -> None:
    """The sequence of the requests of a run, and the delay of each.

    A request of the conversation is counted from the one before it in the conversation, any other
    from the start of the agent, as is the first.
    """
    flows = [(flow, own[at]) for at, flow in enumerate(run.flows) if isinstance(flow, HttpFlow)]
    flows.sort(key=lambda pair: pair[0].started)
    labels = dict.fromkeys(" ".join(filter(None, key)) for _, key in flows)
    if len(labels) > 1:
        found[Place("", "", "", "", "sequence", "", View.SEQUENCE)] = "\n".join(labels)
    last = 0.0
    for flow, key in flows:
        since = last if flow.step else 0.0
        found[Place(*key, "request", "", View.DELAY)] = str(round((flow.started - since) * 1000))
        if flow.step:
            last = flow.started
