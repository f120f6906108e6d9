"""What was measured, kept on disk so that no crash loses it."""

from undeclared.store.audits import AuditRecord, AuditStore, default_store, kept_runs

__all__ = ["AuditRecord", "AuditStore", "default_store", "kept_runs"]
