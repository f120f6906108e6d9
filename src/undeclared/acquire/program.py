"""Where the agent's program is among its unpacked packages."""

import json
from collections.abc import Iterator
from pathlib import Path

from undeclared.catalogue import AgentProfile
from undeclared.model import NotFound


def find_program(root: Path, profile: AgentProfile, name: str) -> Path | None:
    """The program that a profile names, in the artifact's root folder.

    `profile.programs` are tried in order; of several files that match a pattern, the first by
    name. A command (`bin`) is looked up in the package.json of package `name`, or of the root
    itself where a local folder is the package, or among the commands of a virtual environment. The
    path has no symbolic link in it, and is inside `root` whatever links or patterns say.

    Returns None if the profile names no program; raises NotFound if none is there.
    """
    if not profile.programs:
        return None
    inside = root.resolve()
    for program in profile.programs:
        by_pattern = _by_pattern(inside, program.file or "")
        by_command = _by_command(inside, name, program.bin or "")
        for candidate in by_pattern if program.file else by_command:
            found = candidate.resolve()
            if found.is_relative_to(inside) and found.is_file():
                return root / found.relative_to(inside)
    tried = ", ".join(one.file or f"command {one.bin}" for one in profile.programs)
    raise NotFound(
        f"the program of {profile.id} is not in its packages (looked for {tried})",
        means="nothing was audited",
        next_step="This version may be laid out anew; say where it is with --profile FILE.",
    )


def _by_pattern(root: Path, pattern: str) -> list[Path]:
    if not pattern or pattern.startswith("/"):
        return []
    return sorted(root.glob(pattern))


def _by_command(root: Path, name: str, command: str) -> Iterator[Path]:
    for package in (root / "node_modules" / name, root):
        try:
            file = (package / "package.json").resolve()
            if not file.is_relative_to(root):
                continue
            content = json.loads(file.read_bytes())
            commands = content["bin"]
            if isinstance(commands, str):
                # npm documentation, package.json, bin: one command, named as the package is.
                commands = {str(content["name"]).rpartition("/")[2]: commands}
            yield package / str(commands[command]).lstrip("/")
        except (OSError, ValueError, KeyError, TypeError):
            continue
    if (root / "pyvenv.cfg").is_file():
        yield root / "bin" / command.lstrip("/")
