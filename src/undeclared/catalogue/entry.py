"""What every entry of the catalogue has in common.

Every entry carries examples that match and that must not; an entry without them does not load.
These types live beside `model/` on the lowest floor and know nothing of it.
"""

from pydantic import BaseModel, ConfigDict, Field


class Entry(BaseModel):
    """An immutable record that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Examples(Entry):
    """Inputs that an entry must match, and near misses that it must not."""

    match: tuple[str, ...] = Field(min_length=1)
    reject: tuple[str, ...] = Field(min_length=1)
