"""The place in a flow where something was seen."""

from undeclared.model.base import Frozen


class Locus(Frozen):
    """A place that means the same in every run, whatever the values there."""

    host: str
    """A host name, or `{base-url-host}` for the model endpoint where the experiment moved it."""
    method: str
    """HTTP method; `TLS` or `DNS` for those flows; empty for a contact as a whole."""
    path: str
    """Path without query; empty where there is none."""
    part: str
    """`request` (the exchange as a whole), `body`, `header`, `headers`, `query`, `line`,
    `client-hello`, `question`."""
    pointer: str = ""
    """Within the part: a JSON pointer (RFC 6901) into a body, a header's or parameter's name.

    Elements of arrays that carry a name are addressed by it: `/tools/[name=Bash]`; the second key
    or header of one name is `name#2`. `#` and a word say that a layer was taken off there:
    `/metadata/user#json/session` is in the JSON that the string `/metadata/user` holds,
    `#base64#gzip` in what a body is compressed and encoded of, `#form/name`, `#multipart/name`,
    `#ndjson/0`, `#sse/0/data`, `#jwt/payload`, `#protobuf/1/2` (fields by number), `#hex`, `#url`.
    `#escape/slash`, `#base64/padding`, `#gzip/level` are choices of how something is written.
    """
    segment: str = ""
    """For a span of text: the constant text on both sides, as `Today⟨…⟩s date is`."""
    step: str = ""
    """The step of the conversation, where the request is one of the scenario's; `#2` is added to
    the second of several alike, which is all there is where it is none of the scenario's."""

    @property
    def in_conversation(self) -> bool:
        """Whether the request is one of the scenario's, which a user can read."""
        return bool(self.step.partition("#")[0])

    def __str__(self) -> str:
        place = f"{self.method} {self.host}{self.path}".strip()
        step = f" ({self.step})" if self.step else ""
        segment = f" at “{self.segment}”" if self.segment else ""
        return f"{place}{step} {self.part} {self.pointer}".rstrip() + segment
