"""The repository checks itself: what every file promises, and that nothing private is in one."""

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import click
import pytest

from undeclared import __version__
from undeclared.cli.main import undeclared
from undeclared.model import ExitCode

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "undeclared"
DOCS = ROOT / "docs"
LONGEST = 500
"""Lines of a source file; about 300 is the aim."""


def tracked() -> list[Path]:
    """Every file under version control; without git, every file of the folders we keep."""
    listing = ["git", "-C", str(ROOT), "ls-files", "-z"]
    try:
        names = subprocess.run(listing, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        kept = [entry for entry in ROOT.iterdir() if entry.name not in {".venv", "build", "dist"}]
        found = [file for entry in kept for file in (entry, *entry.rglob("*"))]
        return [file for file in found if file.is_file() and "cache" not in str(file)]
    return [ROOT / name for name in names.split("\0") if name and (ROOT / name).is_file()]


_IN_BUN = b"/$bunfs/root/"
"""Where Bun has the files of an executable; the user root has her home at the end of it."""


def mentioning(words: set[str]) -> list[str]:
    """Tracked files that contain one of the words, by name."""
    wanted = [word.encode() for word in words if word]
    return [
        str(file.relative_to(ROOT))
        for file in tracked()
        if any(word in file.read_bytes().replace(_IN_BUN, b"") for word in wanted)
    ]


def registry_hosts() -> set[str]:
    """Hosts of the package indexes that this machine's own npm and pip are told to use."""
    asked = (
        ["npm", "config", "get", "registry"],
        [sys.executable, "-m", "pip", "config", "list"],
        [sys.executable, "-m", "pip", "config", "debug"],
    )
    said = " ".join(
        subprocess.run(command, cwd="/", capture_output=True, text=True, check=False).stdout
        for command in asked
    )
    hosts = {
        urlsplit(address).hostname or "" for address in re.findall(r"https?://[^\s'\"]+", said)
    }
    return hosts - {"", "localhost", "127.0.0.1"}


def test_no_source_file_is_long():
    lengths = {file: len(file.read_text().splitlines()) for file in SOURCE.rglob("*.py")}
    assert lengths
    assert [str(file) for file, lines in lengths.items() if lines > LONGEST] == []


def test_no_file_names_a_package_index():
    hosts = registry_hosts()
    assert hosts, "npm names a registry even where the user chose none"
    assert mentioning(hosts) == []


def test_no_file_names_a_place_on_this_machine():
    assert mentioning({f"{ROOT}/", f"{Path.home()}/", sys.prefix}) == []


def test_changelog_tells_of_this_version():
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text()


def test_every_folder_of_the_catalogue_is_documented():
    text = (DOCS / "architecture.md").read_text()
    folders = [entry.name for entry in (SOURCE / "catalogue").iterdir() if entry.is_dir()]
    named = [name for name in folders if not name.startswith("__")]
    assert named
    assert [name for name in named if f"catalogue/{name}/" not in text] == []


def test_every_floor_is_documented():
    text = (DOCS / "architecture.md").read_text()
    parts = {entry.stem for entry in SOURCE.iterdir() if entry.suffix in {"", ".py"}}
    assert [name for name in sorted(parts) if not name.startswith("__") and name not in text] == []


@pytest.mark.parametrize("name", undeclared.commands)
def test_every_command_and_option_is_documented(name):
    text = (DOCS / "cli.md").read_text()
    _, _, section = text.partition(f"\n## `undeclared {name}")
    section = section.partition("\n## ")[0]
    options = [
        flag
        for parameter in undeclared.commands[name].params
        if isinstance(parameter, click.Option)
        for flag in parameter.opts
    ]
    assert section
    assert [flag for flag in options if f"`{flag}" not in section] == []


def test_every_exit_code_is_documented():
    text = (DOCS / "cli.md").read_text()
    assert [code.name for code in ExitCode if f"| {code.value} |" not in text] == []


def test_every_variable_is_documented():
    text = (DOCS / "cli.md").read_text()
    used = {
        name
        for file in SOURCE.rglob("*.py")
        for name in re.findall(r"\bUNDECLARED_[A-Z_]+\b", file.read_text())
    }
    assert used
    assert [name for name in sorted(used) if f"`{name}`" not in text] == []


def test_every_word_of_make_is_explained():
    makefile = (ROOT / "Makefile").read_text()
    contributing = (ROOT / "CONTRIBUTING.md").read_text()
    words = re.findall(r"^([a-z]+):.*## ", makefile, re.MULTILINE)
    assert words
    assert [word for word in words if f"make {word}" not in contributing] == []


def test_links_between_pages_lead_somewhere():
    pages = [*ROOT.glob("*.md"), *DOCS.rglob("*.md")]
    broken = [
        f"{page.name}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text())
        if not (page.parent / target).exists()
    ]
    assert broken == []
