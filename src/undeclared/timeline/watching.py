"""What a watch of a registry has seen the last time."""

from pydantic import ValidationError

from undeclared.acquire import Reference
from undeclared.model import Frozen
from undeclared.store import default_store

_KIND = "watch"


class _State(Frozen):
    version: str


def last_seen(reference: Reference, scenario: str, signals: tuple[str, ...]) -> str | None:
    """The newest version that was looked into; None for the first time."""
    text = default_store().kept(_KIND, _key(reference, scenario, signals))
    try:
        return _State.model_validate_json(text).version if text else None
    except ValidationError:  # of another state of this tool
        return None


def note_seen(
    reference: Reference, scenario: str, signals: tuple[str, ...], version: str | None
) -> None:
    """Note the newest version that was looked into, if there is one. Raises Incomplete."""
    if version is not None:
        key = _key(reference, scenario, signals)
        default_store().keep(_KIND, key, _State(version=version).model_dump_json())


def _key(reference: Reference, scenario: str, signals: tuple[str, ...]) -> str:
    return "\n".join(
        (reference.registry or "", reference.name, reference.profile.id, scenario, *signals)
    )
