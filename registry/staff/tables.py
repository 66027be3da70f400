"""The tables of officers and their sign-ins; the other tables are in `registry.schema`."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, Table, Text

from registry.columns import Instant, Json, metadata

officers = Table(
    "officers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("username", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("roles", Json, nullable=False),
    Column("password_hash", Text),  # NULL until the one-time link was used.
    Column("totp_sealed", LargeBinary),
    Column("totp_step", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
)

invitations = Table(
    "invitations",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("officer", Text, ForeignKey("officers.id"), nullable=False, index=True),
    Column("totp_sealed", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
)

sign_ins = Table(
    "sign_ins",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("officer", Text, ForeignKey("officers.id"), nullable=False, index=True),
    Column("csrf", Text, nullable=False),
    Column("began_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("ended_at", Instant),
)

devices = Table(
    "devices",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("officer", Text, ForeignKey("officers.id"), nullable=False, index=True),
    Column("seen_at", Instant, nullable=False, index=True),
)

failed_sign_ins = Table(
    "failed_sign_ins",
    metadata,
    Column("key_hash", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", Instant, nullable=False, index=True),
    Column("open_at", Instant, nullable=False),
)

officer_units = Table(
    "officer_units",
    metadata,
    Column("officer", Text, ForeignKey("officers.id"), primary_key=True),
    Column("unit", Text, ForeignKey("participants.identifier"), primary_key=True),
    Column("since", Instant, nullable=False),
)
