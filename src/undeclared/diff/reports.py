"""Reports in files."""

from pathlib import Path

from pydantic import ValidationError

from undeclared.model import NotFound, Report, ScanReport


def is_report(text: str) -> bool:
    """Whether this names a file that begins like JSON; an agent's own program does not."""
    path = Path(text)
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(64).lstrip()[:1] == b"{"
    except (OSError, ValueError):
        return False


def read(name: str) -> Report | ScanReport:
    """The report of an audit or a scan. Raises NotFound for a file that holds neither."""
    try:
        data = Path(name).read_bytes()
    except OSError as error:
        raise _unreadable(f"{name} cannot be read ({error.strerror})") from error
    # What both have tells them apart; a report that is neither is told of as an audit's.
    of_scan = b'"omissions"' in data and b'"coverage"' not in data
    try:
        return (ScanReport if of_scan else Report).model_validate_json(data)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, wrong["loc"])) or "the file"
        what = f"{name} holds no report of an audit or a scan: {place}: {wrong['msg']}"
        raise _unreadable(what) from error


def _unreadable(what: str) -> NotFound:
    return NotFound(
        what,
        means="nothing was compared",
        next_step="Name files that `undeclared audit` or `undeclared scan` wrote with"
        " --format json --output FILE.",
    )
