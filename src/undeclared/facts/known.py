"""What is known of the world of a run: its own words for the facts that could be sent."""

import platform
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from undeclared.catalogue import AgentProfile, Known, Scenario, Setting, SignalSpec, combine
from undeclared.lab import Facts, gather
from undeclared.model import Environment

LINE = 16
"""Characters of a line of code that is looked for; shorter ones are in many a program."""
_GIB = 2**30
_PLATFORMS = ("linux", "linux-gnu", "gnu/linux")
_ARCHITECTURES = {
    "x86_64": ("x64", "x86_64", "x86-64", "amd64"),
    "aarch64": ("arm64", "aarch64"),
}


class Fact(NamedTuple):
    """One fact in one spelling."""

    known: Known
    value: str
    name: str = ""
    """Which of several: a file's name …"""


class World:
    """Tells the facts of each environment of an experiment."""

    def __init__(
        self, profile: AgentProfile, signals: Mapping[str, SignalSpec], scenario: Scenario
    ) -> None:
        """`signals` are those that runs may vary, by id."""
        self._profile, self._signals, self._scenario = profile, signals, scenario
        self._known: dict[Environment, tuple[Fact, ...]] = {}

    def facts(self, environment: Environment) -> tuple[Fact, ...]:
        """Every fact of an environment, each spelling once."""
        if environment not in self._known:
            levels = {name: level for name, level in environment.levels if name in self._signals}
            setting = combine(self._signals, levels)
            facts = gather(self._profile, setting)
            self._known[environment] = tuple(
                dict.fromkeys(
                    own for own in self._of(facts, setting) if own.value and own.value.strip()
                )
            )
        return self._known[environment]

    def _of(self, facts: Facts, setting: Setting) -> Iterator[Fact]:
        yield from _of_person(facts)
        yield from _of_machine(facts, setting)
        yield from _of_repository(facts)
        if self._profile.key_env:
            yield Fact(Known.KEY, facts.variables.get(self._profile.key_env, ""))
        for path, text in self._texts(facts).items():
            name = PurePosixPath(path).name
            yield Fact(Known.FILE_NAMES, name, name)
            yield Fact(Known.CODE, text, path)
            for line in text.splitlines():
                if len(line.strip()) >= LINE:
                    yield Fact(Known.CODE, line.strip(), path)
        yield Fact(Known.PROMPT, self._scenario.prompt)
        for turn in self._scenario.turns:
            yield Fact(Known.ANSWERS, turn.text)

    def _texts(self, facts: Facts) -> dict[str, str]:
        """The files of the repository, by path relative to it."""
        return {
            **self._scenario.repository,
            **{path: facts.files[f"{facts.repository}/{path}"] for path in facts.overlooked},
        }


def _of_person(facts: Facts) -> Iterator[Fact]:
    yield Fact(Known.USERNAME, facts.user)
    yield Fact(Known.HOME, facts.home)
    config = dict(
        line.strip().split(" = ", 1)
        for line in facts.files.get(f"{facts.home}/.gitconfig", "").splitlines()
        if " = " in line
    )
    yield Fact(Known.GIT_USER, config.get("name", ""))
    yield Fact(Known.GIT_EMAIL, config.get("email", ""))


def _of_machine(facts: Facts, setting: Setting) -> Iterator[Fact]:
    machine = platform.machine()
    yield Fact(Known.HOSTNAME, facts.hostname)
    yield Fact(Known.MACHINE_ID, facts.files.get("/etc/machine-id", "").strip())
    yield Fact(Known.KERNEL, setting.kernel or "")
    release = dict(
        line.split("=", 1)
        for line in facts.files.get("/etc/os-release", "").splitlines()
        if "=" in line
    )
    yield Fact(Known.OS_RELEASE, release.get("PRETTY_NAME", "").strip('"'))
    name, version = (release.get(field, "").strip('"') for field in ("NAME", "VERSION_ID"))
    for spelling in (version, _semantic(version)):
        yield Fact(Known.OS_RELEASE, f"{name} {spelling}" if name and spelling else "")
    for name in _PLATFORMS:
        yield Fact(Known.PLATFORM, name)
    for name in _ARCHITECTURES.get(machine, (machine,)):
        yield Fact(Known.ARCHITECTURE, name)
    yield Fact(Known.CPU, setting.cpu_model or "")
    if setting.memory:
        for unit in (1, 1024):
            yield Fact(Known.MEMORY, str(int(setting.memory) * _GIB // unit))
    yield Fact(Known.TIMEZONE, facts.variables.get("TZ") or facts.zone)
    for name in ("LC_ALL", "LANG"):
        locale = facts.variables.get(name, "")
        for spelling in (locale, locale.partition(".")[0]):
            yield Fact(Known.LOCALE, spelling)
            yield Fact(Known.LOCALE, spelling.replace("_", "-"))
    yield Fact(Known.TERMINAL, facts.variables.get("TERM", ""))


def _semantic(version: str) -> str:
    """A version in three numbers, as programs write it that know no other (semver.org, 2)."""
    numbers = [str(int(part)) for part in version.split(".") if part.isdecimal()]
    return ".".join([*numbers, "0", "0"][:3]) if numbers else ""


def _of_repository(facts: Facts) -> Iterator[Fact]:
    yield Fact(Known.CWD, facts.repository)
    yield Fact(Known.CWD, facts.repository.replace("/", "-"))
    yield Fact(Known.REPO_NAME, PurePosixPath(facts.repository).name)
    yield Fact(Known.GIT_BRANCH, facts.git_branch)
    remote = facts.git_remote or ""
    bare = remote.partition("://")[2] or remote
    host, _, path = bare.rpartition("@")[2].replace(":", "/", 1).partition("/")
    for spelling in (remote, remote.removesuffix(".git"), f"{host}/{path}" if path else ""):
        yield Fact(Known.GIT_REMOTE, spelling)
        yield Fact(Known.GIT_REMOTE, spelling.removesuffix(".git"))
    yield Fact(Known.GIT_REMOTE, path.removesuffix(".git"))
