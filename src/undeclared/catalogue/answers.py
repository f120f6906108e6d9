"""Answers of public services, such as flags, geolocation and updates."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from undeclared.catalogue.agent import Answer
from undeclared.catalogue.entry import Entry, Examples
from undeclared.catalogue.placeholder import fill, names

MADE_WHEN_ASKED = frozenset({"host", "path", "name", "epoch", "epoch_ms", "utc"})
"""Names in a body that are replaced when a request is answered."""


class AnswerSets(Entry):
    """Answers that are given together, in one or several variants."""

    id: str
    title: str
    answers: tuple[Answer, ...] = ()
    """Of every variant, after its own."""
    variants: dict[str, "Variant"] = Field(min_length=1)
    """By name: the set is called `id/name`."""
    examples: Examples
    """Requests (`GET https://host/path`) that each variant answers, and that none does."""

    @model_validator(mode="after")
    def _examples_hold(self) -> Self:
        for name, answers in self.sets().items():
            for text in self.examples.match:
                if not any(_fits(answer, text) for answer in answers):
                    raise ValueError(f"{name} should answer {text}")
            for text in self.examples.reject:
                if any(_fits(answer, text) for answer in answers):
                    raise ValueError(f"{name} should not answer {text}")
        return self

    @model_validator(mode="after")
    def _places_are_filled(self) -> Self:
        for name, answers in self.sets().items():
            for answer in answers:
                if unknown := names(answer.body) - MADE_WHEN_ASKED:
                    raise ValueError(f"{name}: nothing fills {', '.join(sorted(unknown))}")
        return self

    def sets(self) -> dict[str, tuple[Answer, ...]]:
        """The answers of each variant, by the name of the set."""
        return {
            f"{self.id}/{name}": (*variant.answers, *(variant.fill(one) for one in self.answers))
            for name, variant in self.variants.items()
        }


class Variant(Entry):
    """What is special to one set of several."""

    title: str
    facts: dict[str, str] = Field(default_factory=dict)
    """Texts for places in the common bodies: `{country}` …"""
    status: int | None = None
    """Instead of the status of the common answers, whose body is then left out."""
    answers: tuple[Answer, ...] = ()

    def fill(self, answer: Answer) -> Answer:
        """A common answer as it is in this variant."""
        if self.status is not None:
            changed: Mapping[str, object] = {"status": self.status, "body": ""}
        else:
            changed = {"body": fill(answer.body, self.facts)}
        return answer.model_copy(update=dict(changed))


def answers_to(answer: Answer, method: str, host: str, path: str, content_type: str) -> bool:
    """Whether an answer is for a request."""
    return (
        fnmatchcase(host.lower(), answer.host)
        and fnmatchcase(method, answer.method)
        and fnmatchcase(path, answer.path)
        and fnmatchcase(content_type.lower(), answer.sent)
    )


def _fits(answer: Answer, example: str) -> bool:
    method, _, address = example.partition(" ")
    parts = urlsplit(address)
    return answers_to(answer, method, parts.hostname or "", parts.path, "application/json")


AnswerSets.model_rebuild()
