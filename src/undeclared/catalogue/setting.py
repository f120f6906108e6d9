"""How a level of a signal reaches the agent."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import Field

from undeclared.catalogue.agent import MODEL, AgentProfile
from undeclared.catalogue.entry import Entry

LEVEL = "{level}"


class Setting(Entry):
    """What is set in the agent's world; what is not named here stays as a plain machine has it.

    `{level}` is replaced by the level everywhere, and in `env` and `files` also `{home}`, `{user}`,
    `{hostname}` and `{repository}` by what the run has, whatever signal set it.
    """

    env: dict[str, str | None] = Field(default_factory=dict)
    """Variables; null takes one away."""
    files: dict[str, str] = Field(default_factory=dict)
    """Texts by path, as one would type it in the repository: `~/…`, `./…` or `/…`. A text that
    begins with `#!` is a program. Git is told to overlook those in the repository."""

    base_url_host: str | None = None
    """Host of the model's address that the profile's variable or file names."""
    plain_http: Literal["yes"] | None = None
    """That address begins with `http://`; if need be it is that of the default host."""
    key: str | None = None
    """Value of the profile's key variable; must look fake."""
    model: str | None = None
    """Value of the profile's model variable."""
    opt_out: str | None = None
    """Value of each variable by which the profile says that one opts out."""

    user: str | None = None
    home: str | None = None
    """The home itself, with `{user}`."""
    shell: str | None = None
    workspace: str | None = None
    """The folder that the repository is in: `~`, `~/…` or `/…`."""
    repository: str | None = None
    """The repository's own name."""
    git_name: str | None = None
    git_email: str | None = None
    git_remote: str | None = None
    """Address of `origin`."""
    git_branch: str | None = None

    localtime: str | None = None
    """Zone that `/etc/localtime` and `/etc/timezone` name."""
    clock: str | None = None
    """By how much the clock is off: `+30d`, `-2h`."""
    hostname: str | None = None
    nameserver: str | None = None
    search: str | None = None
    """Domain that the resolver searches."""
    kernel: str | None = None
    """Release that `uname`, `/proc/version` and `/proc/sys/kernel` show."""
    cpu_count: str | None = None
    cpu_model: str | None = None
    cpu_vendor: str | None = None
    """`vendor_id` in /proc/cpuinfo."""
    memory: str | None = None
    """GiB of memory."""

    trust: Literal["variables", "store", "none"] | None = None
    """How the agent learns of our authority: by the profile's variables and the system's store, by
    the store alone, or not at all."""
    authority: str | None = None
    """Where below /etc the file of our authority lies."""
    answers: dict[str, str] = Field(default_factory=dict)
    """What servers other than the model answer: a set of answers for each kind of server."""
    observers: str | None = None
    """How the agent is watched: see the signal `observers`."""

    def filled(self, level: str) -> "Setting":
        """With the level in the place of `{level}`."""
        return _rebuilt(
            {
                (field, key.replace(LEVEL, level)): value and value.replace(LEVEL, level)
                for (field, key), value in self.items().items()
            }
        )

    def over(self, other: "Setting") -> "Setting":
        """Both; where both set the same thing, this one wins."""
        return _rebuilt({**other.items(), **self.items()})

    def items(self) -> dict[tuple[str, str], str | None]:
        """The single things that it sets: `("env", "TZ")`, `("hostname", "")`, with the value."""
        found: dict[tuple[str, str], str | None] = {}
        for field in self.model_fields_set:
            value = getattr(self, field)
            if isinstance(value, Mapping):
                found.update({(field, key): inner for key, inner in value.items()})
            elif value is not None:
                found[field, ""] = value
        return found

    def hindrance(self, profile: AgentProfile) -> str | None:
        """Why an agent cannot be given this; None if it can."""
        if self.base_url_host is not None and not profile.moves:
            return (
                "its profile names no variable or file for the model's address (`base_url_env`, or "
                "`{base_url}` in `files`)"
            )
        if self.plain_http is not None and not (profile.moves and profile.default_host):
            return "its profile does not name both `base_url_env` and `default_host`"
        if self.model is not None and not (profile.model_env or profile.tells(MODEL)):
            return (
                "its profile names no variable or file for the model (`model_env`, or `{model}` in "
                "`files`)"
            )
        if self.key is not None and profile.key_env is None:
            return "its profile names no variable for the key (`key_env`)"
        return None


def _rebuilt(items: Mapping[tuple[str, str], str | None]) -> Setting:
    fields: dict[str, Any] = {}
    for (field, key), value in items.items():
        if key:
            fields.setdefault(field, {})[key] = value
        else:
            fields[field] = value
    return Setting(**fields)


def clashes(settings: Iterable[tuple[str, Setting]]) -> list[tuple[str, str, str]]:
    """What two of several named settings give different values to: `(thing, name, name)`."""
    owners: dict[tuple[str, str], tuple[str, str | None]] = {}
    found = []
    for name, setting in settings:
        for item, value in setting.items().items():
            owner, other = owners.setdefault(item, (name, value))
            if other != value:
                found.append((item[1] or item[0], owner, name))
    return found
