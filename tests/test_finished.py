"""The end of an audit, when the disk is full by then."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import undeclared.audit as stages
from undeclared.model import Report
from undeclared.store import AuditStore

SAMPLE = Path(__file__).parent / "report" / "golden" / "report.json"


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_report_that_cannot_be_kept_is_shown_as_incomplete(tmp_path):
    report = Report.model_validate_json(SAMPLE.read_text(encoding="utf-8"))
    with AuditStore(tmp_path).open("0" * 64) as record, files_of_at_most(4096):
        shown = stages._finished(record, report, "1f")
    assert shown.findings == report.findings
    assert not shown.coverage.complete
    assert "cannot be written" in shown.coverage.problems[-1]
