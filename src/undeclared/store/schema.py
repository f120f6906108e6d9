"""The tables, as the newest migration leaves them. docs/store.md says what each is for."""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

REVISION = "0001"
"""The newest migration; known here so that nothing of alembic is loaded where none is due."""


class Moment(TypeDecorator[datetime]):
    """A time in UTC, with its zone also where the database keeps none."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """In UTC, which SQLite keeps as text that sorts by time."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """With its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


METADATA = MetaData(
    naming_convention={
        "ix": "%(table_name)s_by_%(column_0_N_name)s",
        "uq": "%(table_name)s_once_%(column_0_N_name)s",
        "fk": "%(table_name)s_%(column_0_name)s",
        "pk": "%(table_name)s_key",
    }
)


artifacts = Table(
    "artifacts",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("purl", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("published", Moment),
    Column("sha256", String(64), nullable=False),
    UniqueConstraint("purl", "sha256"),
)

audits = Table(
    "audits",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("identity", String(32), nullable=False, unique=True),
    Column("key", String(128), nullable=False, index=True),
    Column("touched", BigInteger, nullable=False, index=True),
    Column("asked", Text),
    Column("finished", Moment),
    Column("agent", Text, nullable=False, default=""),
    Column("artifact", ForeignKey("artifacts.id"), index=True),
    Column("started", Moment),
    Column("seconds", Float),
    Column("complete", Boolean),
    Column("tool_version", Text, nullable=False, default=""),
    Column("worst", Text, nullable=False, default=""),
    Column("runs", Integer, nullable=False, default=0),
    Column("bytes", BigInteger, nullable=False, default=0),
    Index(None, "asked", "finished"),
    # A number that was given out never names another audit.
    sqlite_autoincrement=True,
)

reports = Table(
    "reports",
    METADATA,
    Column("audit", ForeignKey("audits.id", ondelete="CASCADE"), primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

findings = Table(
    "findings",
    METADATA,
    Column("audit", ForeignKey("audits.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("finding", Text, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("condition", Text, nullable=False),
)

runs = Table(
    "runs",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("audit", ForeignKey("audits.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("trial", Text, nullable=False),
    Column("phase", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("started", Moment),
    Column("seconds", Float, nullable=False),
    Column("data", LargeBinary, nullable=False),
    UniqueConstraint("audit", "number"),
)

flows = Table(
    "flows",
    METADATA,
    Column("run", ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("bytes_out", BigInteger, nullable=False),
    Column("bytes_in", BigInteger, nullable=False),
    Index(None, "host", "run"),
)

blobs = Table(
    "blobs",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("bytes", BigInteger, nullable=False, index=True),
    Column("data", LargeBinary, nullable=False),
)

evidence = Table(
    "evidence",
    METADATA,
    Column("run", ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("blob", ForeignKey("blobs.id"), primary_key=True, index=True),
)

results = Table(
    "results",
    METADATA,
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("purl", Text, nullable=False, index=True),
    Column("kept", Moment, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

holds = Table(
    "holds",
    METADATA,
    Column("audit", ForeignKey("audits.id", ondelete="CASCADE"), primary_key=True),
    Column("token", String(32), nullable=False),
    Column("place", Text, nullable=False),
    Column("process", BigInteger, nullable=False),
    Column("born", BigInteger, nullable=False),
    Column("until", Moment, nullable=False),
)
