"""From what was acquired to what a lab can start: unpacked, with its program and its runtime."""

from pathlib import Path

from undeclared.acquire import Acquired, Cache, Say, find_program, node
from undeclared.catalogue import AgentProfile
from undeclared.lab.target import NODE_INSIDE, Target
from undeclared.model import Runtime
from undeclared.unpack import tree


def prepare(acquired: Acquired, profile: AgentProfile, cache: Cache, say: Say) -> Target:
    """Unpack an agent, find its program, and fetch the Node.js that it asks for where need be.

    Raises NotFound and Incomplete where one of these cannot be done.
    """
    root = acquired.root or _unpacked(acquired, cache, say)
    program = find_program(root, profile, acquired.name)
    wanted = node.asked_for(root, program)
    return Target(
        profile=profile,
        root=root,
        program=program,
        runtime=acquired.runtime,
        node=None if node.fits(wanted, node.here()) else _node(wanted, cache, say),
    )


def _node(wanted: str, cache: Cache, say: Say) -> Runtime:
    found = node.fetched(wanted, cache, say)
    prefix = _unpacked(found, cache, say) / found.parts[0].place
    return Runtime(
        version=found.version, program=prefix / "bin" / "node", prefix=prefix, inside=NODE_INSIDE
    )


def _unpacked(acquired: Acquired, cache: Cache, say: Say) -> Path:
    parts = [(part, cache.path(part.sha256)) for part in acquired.parts]
    return tree(parts, cache.root / "trees", say, runtime=acquired.runtime)
