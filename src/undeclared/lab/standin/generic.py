"""Answers to requests that are no part of the conversation with the model."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from itertools import chain

from undeclared.catalogue import Answer, common_answers
from undeclared.lab.standin.exchange import Asked, Reply


def answer(asked: Asked, answers: Iterable[Answer]) -> Reply:
    """The first that matches of the answers given and the catalogue's common ones."""
    for entry in chain(answers, common_answers()):
        if (
            fnmatchcase(asked.host.lower(), entry.host)
            and fnmatchcase(asked.method, entry.method)
            and fnmatchcase(asked.path, entry.path)
        ):
            return Reply(entry.status, entry.content_type, entry.body.encode(), "generic")
    raise LookupError("the last common answer matches everything")
