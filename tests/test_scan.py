"""One scan, from a target on disk to its report."""

import hashlib
import json
import tarfile

import pytest

from undeclared import scan as stages
from undeclared.model import ArtifactKind, NotFound
from undeclared.scan import ScanRequest, scan

CODE = b"console.log(process.env.TZ)\n"


class Silent:
    def say(self, text: str) -> None:
        """Nobody listens."""


def scanned(target, **more):
    return scan(ScanRequest(target=str(target), **more), Silent())


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "agent"
    root.mkdir()
    (root / "package.json").write_text(json.dumps({"name": "agent", "version": "4.5.6"}))
    (root / "cli.js").write_bytes(CODE)
    return root


def test_a_folder(folder):
    report = scanned(folder)
    assert (report.artifact.name, report.artifact.version) == ("agent", "4.5.6")
    assert report.artifact.kind is ArtifactKind.FOLDER
    assert report.complete
    assert ("timezone", "the variable TZ, in the code") in {
        (own.signal, own.how) for own in report.reads
    }


def test_an_archive(folder, tmp_path):
    archive = tmp_path / "agent.tgz"
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(folder, "package")
    report = scanned(archive)
    assert report.artifact.kind is ArtifactKind.ARCHIVE
    assert report.artifact.sha256 == hashlib.sha256(archive.read_bytes()).hexdigest()
    (read,) = [own for own in report.reads if own.signal == "timezone"]
    assert read.region.path == "agent.tgz!/package/cli.js"


def test_a_script(folder):
    report = scanned(folder / "cli.js")
    assert report.artifact.kind is ArtifactKind.SCRIPT
    assert (report.files, report.bytes, report.artifact.size) == (1, len(CODE), len(CODE))


def test_an_executable(tmp_path):
    program = tmp_path / "agent"
    program.write_bytes(b"\x7fELF" + bytes(500))
    assert scanned(program).artifact.kind is ArtifactKind.EXECUTABLE


def test_a_profile_names_further_variables(folder, tmp_path):
    (folder / "cli.js").write_text("fetch(process.env.MY_OWN_ENDPOINT)\n")
    profile = tmp_path / "profile.yaml"
    profile.write_text(
        "id: mine\ntitle: Mine\ncommand: [run]\nwire: openai-chat\nbase_url_env: MY_OWN_ENDPOINT\n"
        "examples: {match: [mine], reject: [yours]}\n"
    )
    assert "base-url-host" not in {own.signal for own in scanned(folder).reads}
    report = scanned(folder, profile=profile)
    assert report.agent == "mine"
    assert "base-url-host" in {own.signal for own in report.reads}


def test_what_cannot_be_read_whole_has_no_digest_and_is_not_complete(folder, monkeypatch):
    def fail(*_):
        raise NotFound("locked cannot be read", means="nothing was scanned", next_step="Look.")

    monkeypatch.setattr(stages, "as_it_is", fail)
    report = scanned(folder)
    assert not report.complete
    assert report.artifact.sha256 == ""
    assert "locked cannot be read" in report.omissions[0].what
    assert report.reads


def test_what_is_not_there(tmp_path):
    with pytest.raises(NotFound):
        scanned(tmp_path / "nothing")
