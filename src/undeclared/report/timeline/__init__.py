"""A timeline for a person: as text, Markdown and one HTML file.

Each writer takes a `TimelineReport` and returns the page. What the page says is in the report;
how much of it is shown at once, and how it is made safe to show, is decided here.
"""

from undeclared.report.timeline import html, markdown, text

__all__ = ["html", "markdown", "text"]
