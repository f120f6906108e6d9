"""Specimens on disk: a folder each, with the program and what is true of it."""

import hashlib
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from generator.assembly import source
from generator.facts import JS
from generator.population import Program, truth

SKIPPED = "needs a tool that is not here"


def description(program: Program) -> dict[str, Any]:
    """The content of `specimen.yaml`."""
    return {
        "schema": 1,
        "id": program.id,
        "command": [*_command(program), "{prompt}"],
        "wire": program.wire,
        "base_url_env": program.product.base_env,
        "default_host": program.product.host,
        "key_env": program.product.key_env,
        "truth": truth(program),
    }


def _command(program: Program) -> list[str]:
    if program.package == "executable":
        return ["./agent"]
    return ["node", "agent.mjs"] if program.language == JS else ["python3", "agent.py"]


def texts(program: Program) -> dict[str, str]:
    """The files of a specimen that is plain source, by name."""
    name = "agent.mjs" if program.language == JS else "agent.py"
    told = yaml.safe_dump(
        description(program), sort_keys=False, allow_unicode=True, default_flow_style=None
    )
    return {name: source(program), "specimen.yaml": told}


def digest(programs: Iterable[Program]) -> str:
    """SHA-256 over all texts: equal where the same specimens are made."""
    whole = hashlib.sha256()
    for program in programs:
        for name, text in sorted(texts(program).items()):
            whole.update(f"{program.id}/{name}\n{text}".encode())
    return whole.hexdigest()


def write(program: Program, folder: Path) -> bool:
    """Write one specimen into `folder/<id>`; False if a tool that it needs is not here."""
    place = folder / program.id
    place.mkdir(parents=True, exist_ok=True)
    for name, text in texts(program).items():
        (place / name).write_text(text, encoding="utf-8")
    if program.package and not _packaged(program, place):
        shutil.rmtree(place)
        return False
    return True


def _packaged(program: Program, place: Path) -> bool:
    entry = place / "agent.mjs"
    try:
        if program.package == "bundle":
            _bundle(entry, place / "agent.mjs", "esm")
        else:
            _executable(entry, place)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _bundle(entry: Path, target: Path, kind: str) -> None:
    """Minify with esbuild, which npm fetches."""
    _run(
        "npm", "exec", "--yes", "--package", "esbuild@0.25.10", "--", "esbuild", str(entry),
        "--bundle", "--minify", "--platform=node", f"--format={kind}", "--allow-overwrite",
        f"--outfile={target}", cwd=entry.parent,
    )  # fmt: skip


def _executable(entry: Path, place: Path) -> None:
    """A single executable application of Node.js (its documentation, chapter of that name)."""
    _bundle(entry, place / "agent.cjs", "cjs")
    (place / "sea.json").write_text(
        '{"main": "agent.cjs", "output": "agent.blob", "disableExperimentalSEAWarning": true}'
    )
    node = Path(shutil.which("node") or "node").resolve()
    _run("node", "--experimental-sea-config", "sea.json", cwd=place)
    shutil.copy(node, place / "agent")
    (place / "agent").chmod(0o755)
    _run(
        "npm", "exec", "--yes", "--package", "postject@1.0.0-alpha.6", "--", "postject", "agent",
        "NODE_SEA_BLOB", "agent.blob", "--sentinel-fuse",
        "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2", cwd=place,
    )  # fmt: skip
    for name in ("agent.mjs", "agent.cjs", "agent.blob", "sea.json"):
        (place / name).unlink()


def _run(*words: str, cwd: Path) -> None:
    subprocess.run(words, check=True, capture_output=True, cwd=cwd, timeout=300)
