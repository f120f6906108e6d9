"""Puts a file into the history of a git repository, and nowhere else.

The objects are written as git writes them (Git documentation, gitformat-loose and
gitrepository-layout), in a millisecond instead of ten processes of git's own.
"""

import hashlib
import zlib
from pathlib import Path

BRANCH = "wip"
"""On top of what is checked out, so that the log of that is the same with it and without."""

_WHO = b"Dev <dev@example.com> 1767603600 +0000"
_OBJECT_LIMIT = 2**20


def add_branch(repository: Path, path: str, content: bytes) -> bool:
    """Add a branch of two commits: one adds a file at the top of the tree, the next removes it.

    False if that cannot be done: no repository, nothing checked out, packed objects, or such a
    file or branch is there already.
    """
    git = repository / ".git"
    ref = git / "refs" / "heads" / BRANCH
    head = _head(git)
    if head is None or ref.exists() or "/" in path:
        return False
    commit = _read(git, head)
    tree = commit.split(b"\n", 1)[0].removeprefix(b"tree ").decode() if commit else ""
    entries = _read(git, tree) if tree else None
    if entries is None or b" %s\0" % path.encode() in entries:
        return False
    blob = _store(git, b"blob", content)
    with_file = _store(git, b"tree", _inserted(entries, path.encode(), bytes.fromhex(blob)))
    added = _commit(git, with_file, head, b"Add deploy settings")
    removed = _commit(git, tree, added, b"Remove deploy settings")
    ref.parent.mkdir(parents=True, exist_ok=True)
    ref.write_text(f"{removed}\n", encoding="ascii")
    return True


def _head(git: Path) -> str | None:
    """The commit that is checked out."""
    try:
        said = (git / "HEAD").read_text(encoding="utf-8").strip()
        if said.startswith("ref: "):
            said = (git / said.removeprefix("ref: ")).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return said


def _read(git: Path, name: str) -> bytes | None:
    """The content of a loose object, without its header; None if there is none."""
    try:
        packed = (git / "objects" / name[:2] / name[2:]).read_bytes()
        return zlib.decompressobj().decompress(packed, _OBJECT_LIMIT).partition(b"\0")[2]
    except (OSError, zlib.error):
        return None


def _store(git: Path, kind: bytes, content: bytes) -> str:
    whole = b"%s %d\0%s" % (kind, len(content), content)
    name = hashlib.sha1(whole, usedforsecurity=False).hexdigest()
    place = git / "objects" / name[:2] / name[2:]
    if not place.exists():
        place.parent.mkdir(exist_ok=True)
        # Stored, not deflated: the size of a file must not tell one secret from another.
        place.write_bytes(zlib.compress(whole, level=0))
        place.chmod(0o444)
    return name


def _inserted(entries: bytes, name: bytes, blob: bytes) -> bytes:
    """A tree with one more file. Its entries are sorted, a folder as if its name ended in `/`."""
    rest, found = entries, []
    while rest:
        head, _, tail = rest.partition(b"\0")
        mode, _, own = head.partition(b" ")
        found.append((own + b"/" if mode == b"40000" else own, head + b"\0" + tail[:20]))
        rest = tail[20:]
    found.append((name, b"100644 %s\0%s" % (name, blob)))
    return b"".join(entry for _, entry in sorted(found))


def _commit(git: Path, tree: str, parent: str, message: bytes) -> str:
    said = b"tree %s\nparent %s\nauthor %s\ncommitter %s\n\n%s\n"
    return _store(git, b"commit", said % (tree.encode(), parent.encode(), _WHO, _WHO, message))
