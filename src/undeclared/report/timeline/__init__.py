"""A timeline for a person: as text, Markdown and one HTML file.

Each writer takes a `TimelineReport` and returns the page.
"""

from undeclared.report.timeline import text

__all__ = ["text"]
