"""What a wire sees of a request, and what it gives back."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, reduced to what decides the answer."""

    method: str
    host: str
    path: str
    """Without the query."""
    body: bytes
    """Content coding removed."""
    query: str = ""
    """What follows `?`, as sent."""
    content_type: str = ""
    """The header field, as sent."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, whole: a stream is the concatenation of its frames."""

    status: int
    content_type: str
    body: bytes
    answered_by: str
    """A wire, or `generic`."""
    step: str | None = None
    """The step of the scenario that the request reached: `turn-1`, `turn-2` … or `side`."""
    headers: tuple[tuple[str, str], ...] = ()
    """Further header fields: `retry-after` …"""
    cut_after: int | None = None
    """The connection breaks off after so many bytes of the body; None: it does not."""
    delay: float = 0.0
    """Seconds before the answer is given."""
