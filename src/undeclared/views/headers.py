"""Readings of the header fields of a request."""

from undeclared.model import Headers, View
from undeclared.views import forms
from undeclared.views.content import ContentReader
from undeclared.views.derived import digest_of
from undeclared.views.place import MODEL_HOST, PROXY, Key, Place, Readings

_USUAL_PORT = ":443"
"""Of https; with and without it, the host is the same (RFC 9110, section 4.2.3)."""
_SAID_BY_THE_BODY = ("content-encoding", "transfer-encoding")
"""Their values are readings of the body: how it is framed and compressed."""


CONNECTION_FIELDS = ("connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade")
"""Fields that HTTP/2 forbids (RFC 9113, section 8.2.2): there, they say nothing by being absent."""


def readings(
    found: Readings,
    content: ContentReader,
    headers: Headers,
    body: bytes | None,
    key: Key,
    version: str = "HTTP/1.1",
) -> None:
    """Name, value, letter case and order of the fields; `body` as sent, None if it is not known.

    What follows from the body (its length, its digest) is not read: the body is compared itself.
    Nor is what follows from the version: HTTP/2 has the request line and the host in fields of its
    own, and only lower-case names (RFC 9113, sections 8.2 and 8.3).
    """
    since_2 = not version.startswith("HTTP/1")
    where = (*key, "header")
    lower = [name.decode("latin-1").lower() for name, _ in headers]
    names = list(forms.numbered(iter(lower)))
    for name, (raw_name, raw_value) in zip(names, headers, strict=True):
        value = raw_value.decode("utf-8", "surrogateescape")
        if name == ":authority":
            name = "host"
        if name.startswith(":"):
            continue
        if name == "host":
            if key[0] in (MODEL_HOST, PROXY):
                continue  # the experiment set it
            found[Place(*where, "host#port", View.ENCODING)] = (
                "kept" if value.endswith(_USUAL_PORT) else "left out"
            )
            value = value.removesuffix(_USUAL_PORT)
        if name == "content-length" and (body is None or value == str(len(body))):
            continue
        if not since_2:
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
