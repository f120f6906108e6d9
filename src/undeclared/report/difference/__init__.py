"""The difference of two reports for a person: as text, and as Markdown for a pull request.

Each writer takes a `DifferenceReport`. How much of it is shown, and how it is made safe to show, is
decided here; what it says is in the report.
"""

from undeclared.report.difference import markdown, text

__all__ = ["markdown", "text"]
