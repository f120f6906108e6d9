"""The stand-in model: pure functions from a request to the answer of a scripted model.

Each wire is one module with `answer(asked, scenario) -> Reply | None`; None means that the request
is not of that wire. The turn of the conversation is read from the request itself, so an agent may
retry, or ask from several connections, and always gets the same answer.
"""

from collections.abc import Callable

from undeclared.catalogue import AgentProfile, Scenario, Wire
from undeclared.lab.standin import anthropic_messages, generic
from undeclared.lab.standin.exchange import Asked, Reply

__all__ = ["WIRES", "Asked", "Reply", "reply"]

WIRES: dict[Wire, Callable[[Asked, Scenario], Reply | None]] = {
    Wire.ANTHROPIC_MESSAGES: anthropic_messages.answer,
}


def reply(asked: Asked, profile: AgentProfile, scenario: Scenario) -> Reply:
    """The answer to any request of an agent, on whatever host: the path decides.

    What is not of the profile's wire gets the profile's answers, then the catalogue's.
    """
    return WIRES[profile.wire](asked, scenario) or generic.answer(asked, profile.answers)
