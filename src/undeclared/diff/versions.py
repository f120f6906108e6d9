"""A report for a version of an agent: one that is kept, or one that is made now."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import TYPE_CHECKING

from pydantic import ValidationError

from undeclared.acquire.reference import Subject, parse_reference, parse_subject
from undeclared.catalogue import profile_from_file
from undeclared.model import Report, ScanReport
from undeclared.store import SCAN, default_store, scan_key

if TYPE_CHECKING:
    from undeclared.diff import DiffRequest, Watch


def pair(request: "DiffRequest", watch: "Watch") -> tuple[Report | ScanReport, Report | ScanReport]:
    """A report for each version, made as alike as can be."""
    if request.static:
        return _scanned(request.before, request, watch), _scanned(request.after, request, watch)
    names = (request.before, request.after)
    subjects = [_subject(own, request) for own in names]
    known = [() if request.fresh else tuple(_kept(own, request)) for own in subjects]
    if all(known):
        before, after = _alike(*known)
        return before, after
    if known[0] or known[1]:
        given = (known[0] or known[1])[0]
        made = like(names[bool(known[0])], given, request, watch)
        return (given, made) if known[0] else (made, given)
    before = _audited(request.before, request, watch)
    return _both(before, request, watch)


def like(
    name: str, given: Report | ScanReport, request: "DiffRequest", watch: "Watch"
) -> Report | ScanReport:
    """A report for a version that is made as another was: of the same kind, with its levels."""
    if isinstance(given, ScanReport):
        return _scanned(name, request, watch)
    if not request.fresh:
        found = [
            own
            for own in _kept(_subject(name, request), request)
            if own.tool_version == given.tool_version
        ]
        if found:
            return _alike([given], found)[1]
    return _audited(name, request, watch, given)


def _both(before: Report, request: "DiffRequest", watch: "Watch") -> tuple[Report, Report]:
    """Audit the second like the first; and the first again, if the second has shown it lacks.

    What the code of one version names becomes a level. A finding at a level that the other version
    was not given says nothing of that version.
    """
    after = _audited(request.after, request, watch, before)
    needed = {
        (own.id, level)
        for finding in after.findings
        if finding.variants
        for own in finding.signals
        for level in own.levels
    }
    tried = {(own.id, level) for own in before.coverage.signals for level in own.levels}
    if needed - tried:
        watch.say(f"{request.before} is audited again, with levels that the other names")
        before = _audited(request.before, request, watch, after)
    return before, after


def _subject(name: str, request: "DiffRequest") -> Subject:
    given = profile_from_file(request.profile) if request.profile else None
    return parse_reference(name, profile=given)


def _kept(subject: Subject, request: "DiffRequest") -> Iterator[Report]:
    """Complete audits of exactly this version, the newest first."""
    if (purl := subject.purl) is None:
        return
    for text in default_store().reports(purl):
        try:
            found = Report.model_validate_json(text)
        except ValidationError:  # of another state of this tool
            continue
        varied = {own.id for own in found.coverage.signals}
        if (
            found.coverage.complete
            and found.coverage.scenario == request.scenario
            and varied >= set(request.signals)
        ):
            yield found


def _alike(before: Sequence[Report], after: Sequence[Report]) -> tuple[Report, Report]:
    """The two that have most in common of what was tried; of those, the newest."""

    def common(own: tuple[Report, Report]) -> tuple[bool, int, int]:
        tried = [
            {(each.id, level) for each in report.coverage.signals for level in each.levels}
            for report in own
        ]
        one_tool = own[0].tool_version == own[1].tool_version
        return one_tool, len(tried[0] & tried[1]), -len(tried[0] ^ tried[1])

    return max(product(before, after), key=common)


def _audited(
    name: str, request: "DiffRequest", watch: "Watch", alike: Report | None = None
) -> Report:
    """An audit that is made now; with the signals and levels of another, if that is given.

    Raises KeyboardInterrupt if it was interrupted; its runs are kept.
    """
    from undeclared.apart import audit_apart
    from undeclared.audit import AuditRequest
    from undeclared.catalogue import applicable, signals

    profile = parse_reference(
        name, profile=profile_from_file(request.profile) if request.profile else None
    ).profile
    known = signals()
    varied = alike.coverage.signals if alike else ()
    names = request.signals or tuple(own.id for own in varied)
    chosen = tuple(own for own in names if own in known and applicable(profile, known[own]))
    extra = tuple(
        (own.id, level)
        for own in varied
        if own.id in chosen
        for level in own.levels
        if known[own.id].open and level not in {each.value for each in known[own.id].levels}
    )
    asked = AuditRequest(
        agent=name,
        profile=request.profile,
        scenario=request.scenario,
        signals=chosen,
        extra_levels=extra,
        jobs=request.jobs,
        fresh=request.fresh,
        reuse=not request.fresh,
    )
    watch.say(f"{name}: no complete audit is kept; it is audited now")
    report = audit_apart(asked, watch)
    if report.coverage.interrupted:  # half an audit says nothing of what the other half has
        raise KeyboardInterrupt
    return report


def _scanned(name: str, request: "DiffRequest", watch: "Watch") -> ScanReport:
    """A scan that is kept, or that is made now and kept."""
    given = profile_from_file(request.profile) if request.profile else None
    subject = parse_subject(name, profile=given)
    store = default_store()
    key = scan_key(subject.purl or "", given.model_dump_json() if given else "")
    if subject.purl and not request.fresh and (text := store.kept(SCAN, key)):
        try:
            return ScanReport.model_validate_json(text)
        except ValidationError:  # of another state of this tool
            pass
    from undeclared.scan import ScanRequest, scan

    watch.say(f"{name}: no scan is kept; it is scanned now")
    report = scan(ScanRequest(target=name, profile=request.profile), watch)
    if subject.purl:
        store.keep(SCAN, key, report.model_dump_json(), purl=subject.purl)
    return report
