"""Audits with their reports, runs and findings, evidence by its content, and other results."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "artifacts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("purl", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("published", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="artifacts_key"),
        sa.UniqueConstraint("purl", "sha256", name="artifacts_once_purl_sha256"),
    )
    op.create_table(
        "blobs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="blobs_key"),
        sa.UniqueConstraint("sha256", name="blobs_once_sha256"),
    )
    op.create_index("blobs_by_bytes", "blobs", ["bytes"])
    op.create_table(
        "results",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("purl", sa.Text(), nullable=False),
        sa.Column("kept", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", name="results_key"),
    )
    op.create_index("results_by_purl", "results", ["purl"])
    op.create_table(
        "audits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("identity", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("touched", sa.BigInteger(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=True),
        sa.Column("finished", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("artifact", sa.Integer(), nullable=True),
        sa.Column("started", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("complete", sa.Boolean(), nullable=True),
        sa.Column("tool_version", sa.Text(), nullable=False),
        sa.Column("worst", sa.Text(), nullable=False),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["artifact"], ["artifacts.id"], name="audits_artifact"),
        sa.PrimaryKeyConstraint("id", name="audits_key"),
        sa.UniqueConstraint("identity", name="audits_once_identity"),
        sqlite_autoincrement=True,
    )
    op.create_index("audits_by_artifact", "audits", ["artifact"])
    op.create_index("audits_by_asked_finished", "audits", ["asked", "finished"])
    op.create_index("audits_by_key", "audits", ["key"])
    op.create_index("audits_by_touched", "audits", ["touched"])
    op.create_table(
        "findings",
        sa.Column("audit", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit"], ["audits.id"], name="findings_audit", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("audit", "number", name="findings_key"),
    )
    op.create_index("findings_by_finding", "findings", ["finding"])
    op.create_table(
        "holds",
        sa.Column("audit", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("process", sa.BigInteger(), nullable=False),
        sa.Column("born", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["audit"], ["audits.id"], name="holds_audit", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("audit", name="holds_key"),
    )
    op.create_table(
        "reports",
        sa.Column("audit", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["audit"], ["audits.id"], name="reports_audit", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("audit", name="reports_key"),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("audit", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("trial", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["audit"], ["audits.id"], name="runs_audit", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="runs_key"),
        sa.UniqueConstraint("audit", "number", name="runs_once_audit_number"),
    )
    op.create_table(
        "evidence",
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("blob", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["blob"], ["blobs.id"], name="evidence_blob"),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name="evidence_run", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run", "blob", name="evidence_key"),
    )
    op.create_index("evidence_by_blob", "evidence", ["blob"])
    op.create_table(
        "flows",
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("bytes_out", sa.BigInteger(), nullable=False),
        sa.Column("bytes_in", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name="flows_run", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run", "number", name="flows_key"),
    )
    op.create_index("flows_by_host_run", "flows", ["host", "run"])
