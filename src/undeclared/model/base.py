"""The base of every type that crosses a package border."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """An immutable record that refuses unknown fields.

    Bytes travel through JSON as base64, in the URL-safe alphabet (RFC 4648, section 5; the
    standard one is read as well), so that evidence survives a round trip whatever its encoding.
    """

    model_config = ConfigDict(
        frozen=True,
        defer_build=True,
        extra="forbid",
        ser_json_bytes="base64",
        val_json_bytes="base64",
    )
