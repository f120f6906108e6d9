"""What was measured, kept in a database so that no crash loses it."""

from undeclared.store.audits import AuditRecord, AuditStore, default_store, kept_runs, state_folder
from undeclared.store.entries import Entry, FindingRow, Host
from undeclared.store.results import SCAN, ResultEntry, scan_key
from undeclared.store.retention import Limits

__all__ = [
    "SCAN",
    "AuditRecord",
    "AuditStore",
    "Entry",
    "FindingRow",
    "Host",
    "Limits",
    "ResultEntry",
    "default_store",
    "kept_runs",
    "scan_key",
    "state_folder",
]
