"""What is installed: declared, pinned with hashes, and whole."""

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "undeclared"
LOCKS = ("base.txt", "dev.txt", "node.txt")
BY_NAME = {"psycopg", "tzdata"}
"""Loaded by another library, or read as files; we do not import them."""


def plain(name: str) -> str:
    """A distribution's name in its one normal form (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def declared() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {plain(re.split(r"[^\w.-]", need)[0]) for need in project["dependencies"]}


def pins(lock: str) -> dict[str, str]:
    """Names and what they are pinned to, environment markers included."""
    lines = (ROOT / "requirements" / lock).read_text().splitlines()
    pinned = (
        line.rstrip("\\ ").partition("==") for line in lines if re.match(r"[A-Za-z0-9]", line)
    )
    return {plain(name): version for name, _, version in pinned}


def imported() -> set[str]:
    """Top-level names that our code imports, without the standard library and ourselves."""
    names = set()
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.split(".")[0])
    return names - set(sys.stdlib_module_names) - {"undeclared"}


def test_imports_are_declared_and_declarations_are_used():
    belongs = packages_distributions()
    needed = {plain(belongs[name][0]) for name in imported()}
    assert needed - declared() == set(), "imported and not declared"
    assert declared() - needed - BY_NAME == set(), "declared and not imported"


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_is_exact_and_has_hashes(lock):
    text = (ROOT / "requirements" / lock).read_text()
    blocks = re.split(r"\n(?=\S)", text)
    packages = [block for block in blocks if re.match(r"[A-Za-z0-9]", block)]
    assert packages
    assert [each.split()[0] for each in packages if "==" not in each.split()[0]] == []
    assert [each.split()[0] for each in packages if "--hash=sha256:" not in each] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_name_no_index(lock):
    text = (ROOT / "requirements" / lock).read_text()
    assert "://" not in text
    assert not re.search(r"^(-i|-f|--index|--extra-index|--find-links)", text, re.MULTILINE)


def test_what_we_declare_is_pinned_and_developers_use_the_same_versions():
    base, dev = pins("base.txt"), pins("dev.txt")
    assert declared() <= set(base)
    # A developer's own tools may need a package where the program itself does not.
    versions = {name: pin.split(" ;")[0] for name, pin in base.items()}
    assert {name: dev.get(name, "").split(" ;")[0] for name in base} == versions


def test_wheel_holds_every_file_of_the_package(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, ROOT],
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    inside = set(zipfile.ZipFile(wheel).namelist())
    ours = {
        str(file.relative_to(SOURCE.parent))
        for file in SOURCE.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert "undeclared/py.typed" in ours
    assert {name for name in inside if ".dist-info/" not in name} == ours
