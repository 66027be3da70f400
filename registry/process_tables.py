"""The tables of the processes and queues of one hub; the other tables are in `registry.schema`."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table, Text

from registry.columns import Instant, Json, metadata

processes = Table(
    "processes",
    metadata,
    Column("lease", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("beat_at", Instant, nullable=False),
    Column("systems", Json),
)

claims = Table(
    "claims",
    metadata,
    Column("name", Text, primary_key=True),
    Column("lease", Text, nullable=False),
    Column("expires_at", Instant, nullable=False),
)

used_nonces = Table(
    "used_nonces",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("nonce", Text, primary_key=True),
    Column("until", Instant, nullable=False, index=True),
)

cursors = Table(
    "cursors",
    metadata,
    Column("name", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
)

foreign_messages = Table(
    "foreign_messages",
    metadata,
    Column("id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("queue", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("found_at", Instant, nullable=False),
    sqlite_autoincrement=True,
)
