"""Turns observations into findings. Pure: no I/O beyond the catalogue."""

from undeclared.judge.canaries import canary_findings
from undeclared.judge.contacts import contacts
from undeclared.judge.findings import findings

__all__ = ["canary_findings", "contacts", "findings"]
