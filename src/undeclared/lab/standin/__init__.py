"""The stand-in model: pure functions from a request to the answer of a scripted model.

Each wire is one module with `answer(asked, scenario) -> Reply | None`; None means that the request
is not of that wire. The turn of the conversation is read from the request itself, so an agent may
retry, or ask from several connections, and always gets the same answer.
"""

from collections.abc import Callable, Iterable

from undeclared.catalogue import AgentProfile, Answer, Scenario, Wire
from undeclared.lab.standin import anthropic_messages, generic
from undeclared.lab.standin.exchange import Asked, Reply

__all__ = ["WIRES", "Asked", "Reply", "StandIn"]

WIRES: dict[Wire, Callable[[Asked, Scenario], Reply | None]] = {
    Wire.ANTHROPIC_MESSAGES: anthropic_messages.answer,
}


class StandIn:
    """The model, and every other server, of one run."""

    def __init__(
        self, profile: AgentProfile, scenario: Scenario, answers: Iterable[Answer] = ()
    ) -> None:
        """`answers` are those that the environment of the run asks for; they come first."""
        self._wire = WIRES[profile.wire]
        self._scenario = scenario
        self._answers = (*answers, *profile.answers)

    def reply(self, asked: Asked) -> Reply:
        """The answer to any request of an agent, on whatever host: the path decides.

        What is not of the profile's wire gets the answers of the environment, the profile's, then
        the catalogue's.
        """
        return self._wire(asked, self._scenario) or generic.answer(asked, self._answers)
