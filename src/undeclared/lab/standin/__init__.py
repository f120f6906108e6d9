"""The stand-in model: from a request to the answer of a scripted model.

Each wire is one module that reads a request and writes an answer; what is said, and which of the
agent's tools is called, is the same for all of them (`script`, `tools`). The turn of the
conversation is read from the request itself, so an agent may retry, or ask from several
connections, and always gets the same answer; only faults that a scenario asks for are counted.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol

from undeclared.catalogue import AgentProfile, Answer, Fault, Scenario, Wire
from undeclared.lab.standin import (
    anthropic_messages,
    gemini,
    generic,
    openai_chat,
    openai_responses,
)
from undeclared.lab.standin.exchange import Asked, Reply
from undeclared.lab.standin.script import Conversation, Said, Script

__all__ = ["WIRES", "Asked", "Reply", "StandIn"]


class Dialect(Protocol):
    """How a wire says things; each is a module."""

    def read(self, asked: Asked) -> Conversation | Reply | None:
        """What is asked: of the model, or what has its answer already; None: not of this wire."""

    def write(self, conversation: Conversation, said: Said, fault: Fault | None = None) -> Reply:
        """What the model says; with a fault, the stream ends in an error."""

    def refuse(self, fault: Fault) -> Reply:
        """The error of a fault."""

    def unknown(self, previous: str) -> Reply:
        """The error for a request that goes on from an answer that was never given."""


WIRES: dict[Wire, Dialect] = {
    Wire.ANTHROPIC_MESSAGES: anthropic_messages,
    Wire.OPENAI_CHAT: openai_chat,
    Wire.OPENAI_RESPONSES: openai_responses,
    Wire.GEMINI: gemini,
}


class StandIn:
    """The model, and every other server, of one run."""

    def __init__(
        self,
        profile: AgentProfile,
        scenario: Scenario,
        answers: Iterable[Answer] = (),
        *,
        repository: str | None = None,
    ) -> None:
        """`answers` are those that the environment of the run asks for; they come first.

        `repository` is the absolute path of the repository in the agent's world, for tools that
        insist on absolute paths.
        """
        # An agent may speak to more than one vendor; its own wire is tried first.
        own = WIRES[profile.wire]
        self._dialects = (own, *(dialect for dialect in WIRES.values() if dialect is not own))
        self._script = Script(
            scenario,
            profile.offers_tools,
            profile.written,
            profile.finish_command,
            repository=repository,
        )
        self._attempts = Counter[str]()
        self._answers = (*answers, *profile.answers)

    def reply(self, asked: Asked) -> Reply:
        """The answer to any request of an agent, on whatever host: the path decides.

        What is no conversation with a model gets the answers of the environment, the profile's,
        then the catalogue's; where one is for that very host, it comes before what a wire answers
        on all hosts, such as a list of models.
        """
        told: Reply | None = None
        for dialect in self._dialects:
            read = dialect.read(asked)
            if isinstance(read, Conversation):
                return self._converse(dialect, read)
            if told is None and (dialect is self._dialects[0] or asked.method == "POST"):
                told = read
        if told is not None:
            return generic.of_host(asked, self._answers) or told
        return generic.answer(asked, self._answers)

    def _converse(self, dialect: Dialect, conversation: Conversation) -> Reply:
        said = self._script.say(conversation)
        if said is None:
            return dialect.unknown(conversation.previous or "")
        fault = said.fault
        self._attempts[said.step] += 1
        if fault is None or self._attempts[said.step] > fault.times:
            return replace(dialect.write(conversation, said), step=said.step)
        if fault.problem is None:
            reply = dialect.write(conversation, said)
        elif fault.in_stream and conversation.stream:
            reply = dialect.write(conversation, said, fault)
        else:
            reply = dialect.refuse(fault)
        cut = None if fault.cut_at is None else int(len(reply.body) * fault.cut_at)
        return replace(reply, step=said.step, cut_after=cut, delay=fault.delay)
