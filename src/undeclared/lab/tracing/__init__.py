"""Reads the output of strace: lines to calls, calls to processes, files and connections."""

from undeclared.lab.tracing.record import LIMITS, Limits, Record

__all__ = ["LIMITS", "Limits", "Record"]
