"""The difference of two reports for a person: as text, as Markdown for a pull request, as HTML.

Each writer takes a `DifferenceReport`. How much of it is shown, and how it is made safe to show, is
decided here; what it says is in the report.
"""

from undeclared.report.difference import html, markdown, text

__all__ = ["html", "markdown", "text"]
