"""Readings of the header fields of a request."""

from undeclared.experiment import forms
from undeclared.experiment.content import ContentReader
from undeclared.experiment.derived import digest_of
from undeclared.experiment.place import MODEL_HOST, PROXY, Key, Place, Readings
from undeclared.model import Headers, View

_SAID_BY_THE_BODY = ("content-encoding", "transfer-encoding")
"""Their values are readings of the body: how it is framed and compressed."""


def readings(
    found: Readings, content: ContentReader, headers: Headers, body: bytes | None, key: Key
) -> None:
    """Name, value, letter case and order of the fields; `body` as sent, None if it is not known.

    What follows from the body (its length, its digest) is not read: the body is compared itself.
    """
    where = (*key, "header")
    lower = [name.decode("latin-1").lower() for name, _ in headers]
    names = list(forms.numbered(iter(lower)))
    for name, (raw_name, raw_value) in zip(names, headers, strict=True):
        value = raw_value.decode("utf-8", "surrogateescape")
        if name in ("host", ":authority") and key[0] in (MODEL_HOST, PROXY):
            continue  # the experiment set it
        if name == "content-length" and (body is None or value == str(len(body))):
            continue
        found[Place(*where, name, View.CASE)] = raw_name.decode("latin-1")
        if name in _SAID_BY_THE_BODY:
            continue
        if body and (digest := digest_of(value, body)):
            found[Place(*where, name, View.TEXT)] = "{" + digest + " of the body}"
        elif name == "cookie":
            _cookies(found, content, value, key)
        elif name == "content-type" and (mark := forms.boundary(value)):
            found[Place(*where, name, View.TEXT)] = value.replace(mark, "{boundary}")
        else:
            content.text(found, value, where, name, 1)
    found[Place(*key, "headers", "", View.ORDER)] = "\n".join(names)


def _cookies(found: Readings, content: ContentReader, value: str, key: Key) -> None:
    """Each cookie (RFC 6265, section 4.2.1), and their order; as a text if spaced otherwise."""
    where = (*key, "header")
    pairs = [pair.partition("=") for pair in value.split("; ")]
    if any(";" in name + own or not equals for name, equals, own in pairs):
        found[Place(*where, "cookie", View.TEXT)] = value
        return
    names = list(forms.numbered(name for name, _, _ in pairs))
    for name, (_, _, own) in zip(names, pairs, strict=True):
        content.text(found, own, where, f"cookie/{name}", 1)
    found[Place(*where, "cookie", View.ORDER)] = "\n".join(names)
