"""Answers to requests that are no part of the conversation with the model."""

import json
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import chain

from undeclared.catalogue import Answer, answers_to, common_answers, fill
from undeclared.lab.standin.exchange import Asked, Reply


def answer(asked: Asked, answers: Iterable[Answer]) -> Reply:
    """The first that matches of the answers given and the catalogue's common ones."""
    found = _first(asked, chain(answers, common_answers()))
    if found is None:
        raise LookupError("the last common answer matches everything")
    return found


def of_host(asked: Asked, answers: Iterable[Answer]) -> Reply | None:
    """The first that is not for all hosts."""
    return _first(asked, (one for one in chain(answers, common_answers()) if one.host != "*"))


def _first(asked: Asked, answers: Iterable[Answer]) -> Reply | None:
    for entry in answers:
        if answers_to(entry, asked.method, asked.host, asked.path, asked.content_type):
            body = _filled(entry.body, asked) if "{" in entry.body else entry.body
            data = body.encode("utf-8", "replace")
            return Reply(entry.status, entry.content_type, data, "generic")
    return None


def _filled(body: str, asked: Asked) -> str:
    now = time.time()
    return fill(
        body,
        {
            "host": _inside(asked.host),
            "path": _inside(asked.path),
            "name": _inside(asked.plain_path.rpartition("/")[2]),
            "epoch": str(int(now)),
            "epoch_ms": str(int(now * 1000)),
            "utc": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
    )


def _inside(text: str) -> str:
    """As it may stand inside a JSON string: an agent chooses it, and it must not end the string."""
    return json.dumps(text)[1:-1]
