"""The tables of the journal; the other tables are in `registry.schema`."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, Table, Text

from registry.columns import Instant, Serial, metadata

journal_leaves = Table(
    "journal_leaves",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("statement", Text, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("case_id", Text, index=True),
    Column("inquiry_id", Text, index=True),
    Column("at", Instant, nullable=False),
    sqlite_autoincrement=True,
)

journal_positions = Table(
    "journal_positions",
    metadata,
    Column("leaf_id", BigInteger, ForeignKey("journal_leaves.id"), primary_key=True, autoincrement=False),
    Column("index", BigInteger, nullable=False, unique=True),
)

journal_nodes = Table(
    "journal_nodes",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("index", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
    Column("text", Text, nullable=False),
    Column("sealed_at", Instant, nullable=False),
)
