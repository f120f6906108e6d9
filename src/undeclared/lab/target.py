"""What a lab runs."""

import shlex
from pathlib import Path

from undeclared.catalogue import AgentProfile
from undeclared.model import ROOT_INSIDE as ROOT_INSIDE
from undeclared.model import Frozen, Runtime, UsageError

NODE_INSIDE = "/opt/node"
"""Where an agent's world has a Node.js that is not below /usr."""
_INTERPRETERS = {".js": "node", ".mjs": "node", ".cjs": "node", ".py": "python3", ".sh": "sh"}


class Target(Frozen):
    """An agent or a specimen, unpacked."""

    profile: AgentProfile
    root: Path
    """Its files; its world sees them read-only."""
    program: Path | None
    """Absolute path of the program below `root`; None if the command line names none."""
    runtime: Runtime | None = None
    """The Python that its files are an environment of, if they are one."""
    node: Runtime | None = None
    """The Node.js that its world has, where that is not this machine's own."""

    def command(self, prompt: str) -> list[str]:
        """Its command line as its own world sees it.

        A text program is started through its interpreter, since archives lose the executable bit.
        Raises UsageError if the program cannot be started that way.
        """
        line: list[str] = []
        for word in self.profile.command:
            if word == "{program}":
                line.extend(self._program())
            else:
                line.append(word.replace("{prompt}", prompt))
        return line

    @property
    def prompt_on_stdin(self) -> bool:
        """Whether the prompt is standard input rather than an argument."""
        return not any("{prompt}" in word for word in self.profile.command)

    def _program(self) -> list[str]:
        if self.program is None:
            raise UsageError(
                f"the profile {self.profile.id} starts `{{program}}`, and no program was found",
                means="nothing was run",
                next_step="Check `programs` in the profile against the unpacked files.",
            )
        inside = f"{ROOT_INSIDE}/{self.program.relative_to(self.root).as_posix()}"
        with self.program.open("rb") as file:
            head = file.read(256)
        if head.startswith(b"#!"):
            first = head.removeprefix(b"#!").split(b"\n", 1)[0].decode(errors="replace")
            return [*shlex.split(first), inside]
        if not head.startswith(b"\x7fELF") and self.program.suffix in _INTERPRETERS:
            return ["/usr/bin/env", _INTERPRETERS[self.program.suffix], inside]
        return [inside]
