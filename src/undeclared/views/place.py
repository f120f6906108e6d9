"""Where something is seen in a run, and through which view it is looked at."""

from typing import NamedTuple

from undeclared.model import Locus, View

MODEL_HOST = "{base-url-host}"
"""Stands for the model's host where the experiment itself moves it."""

PROXY = "{proxy}"
"""Stands for the proxy that the experiment gives the agent."""

Reading = str
"""What was seen; a place without a reading was absent, and nothing else says so."""

Key = tuple[str, str, str, str]
"""Host, method, path and step of an HTTP flow: the first four fields of its places."""

Where = tuple[str, str, str, str, str]
"""A key and a part of the flow."""


class Place(NamedTuple):
    """A locus and the view through which it is looked at; cheap to make and to compare."""

    host: str
    method: str
    path: str
    step: str
    part: str
    pointer: str
    view: View

    def locus(self, segment: str = "") -> Locus:
        """The place as the report names it."""
        return Locus(
            host=self.host,
            method=self.method,
            path=self.path,
            part=self.part,
            pointer=self.pointer,
            segment=segment,
            step=self.step,
        )


Readings = dict[Place, Reading]
"""Everything that a run showed."""
