"""The tables. Portable between SQLite and PostgreSQL: no type or constraint that only one of them knows.

Tables of facts (`APPEND_ONLY`) only grow, guarded by triggers; of an attempt the recorded reply may be emptied.
Tables with bodies are rowid tables in SQLite with unique indexes: a random clustered key costs 3 to 4 times as much.
"""

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from registry import (
    connector_tables,
    deadline_tables,
    inbox_tables,
    journal_tables,
    mapping_tables,
    missing_tables,
    process_tables,
)
from registry.columns import Instant, Json, Serial, metadata
from registry.configuration import tables as _configuration
from registry.staff import tables as _staff  # noqa: F401 - its tables belong to the same metadata.

Transaction = Connection
"""What the functions of this room take first; opaque to every other room."""

participants = Table(
    "participants",
    metadata,
    Column("identifier", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("title_fa", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("agency_number", Integer, unique=True),
    Column("parent", Text, ForeignKey("participants.identifier"), index=True),
    Column("roles", Json, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("system", Text, unique=True),
)

credentials = Table(
    "credentials",
    metadata,
    Column("id", Text, primary_key=True),
    Column("participant", Text, ForeignKey("participants.identifier"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("secret_hash", Text, unique=True),
    Column("jwk", Json),
    Column("kid", Text, unique=True),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("note", Text, nullable=False),
)

services = Table(
    "services",
    metadata,
    Column("id", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("provider", Text, ForeignKey("participants.identifier"), nullable=False, index=True),
    Column("title_fa", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("electronic", Text, nullable=False),
    Column("approved", Boolean, nullable=False),
    Column("approval_reference", Text),
    Column("system", Text),
    Column("operation", Text),
    Column("channels", Json, nullable=False),
    Column("minimum_assurance", Integer, nullable=False),
    Column("deadline_days", Integer),
    Column("card", Json, nullable=False),
)

rights = Table(
    "rights",
    metadata,
    Column("participant", Text, ForeignKey("participants.identifier"), primary_key=True),
    Column("service", Text, primary_key=True, index=True),
    Column("purposes", Json, nullable=False),
    Column("legal_bases", Json, nullable=False),
    Column("field_mask", Json, nullable=False),
    Column("quota_per_day", Integer),
    Column("expires_at", Instant),
)

subjects = Table(
    "subjects",
    metadata,
    Column("id", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False, unique=True),
    Column("wrapped_key", LargeBinary),  # NULL once erased: the person's ciphertexts can never be opened again.
    Column("created_at", Instant, nullable=False),
    Column("erased_at", Instant),
)

cases = Table(
    "cases",
    metadata,
    Column("id", Text, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("service", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("lead_agency", Text, nullable=False, index=True),
    Column("owner", Text, nullable=False, index=True),
    Column("subject_id", Text, ForeignKey("subjects.id"), index=True),
    Column("applicant_sealed", LargeBinary),
    Column("opened_at", Instant, nullable=False),
    Column("last_stage", Text),
    Column("last_event_at", Instant),
    Column("last_stage_at", Instant),
    Column("last_sequence", Integer, nullable=False),
)

aliases = Table(
    "aliases",
    metadata,
    Column("system", Text, primary_key=True),
    Column("value", Text, primary_key=True, index=True),
    Column("case_id", Text, ForeignKey("cases.id"), nullable=False, index=True),
    Column("added_by", Text, nullable=False),
    Column("added_at", Instant, nullable=False),
)

inquiries = Table(
    "inquiries",
    metadata,
    Column("id", Text, primary_key=True),
    Column("case_id", Text, ForeignKey("cases.id"), nullable=False),
    Column("code", Text, nullable=False, index=True),
    Column("service", Text, nullable=False),
    Column("system", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("effect", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("legal_basis", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("subject_id", Text, ForeignKey("subjects.id")),
    Column("payload_sealed", LargeBinary, nullable=False),
    Column("answer_sealed", LargeBinary),
    Column("reason_code", Text),
    Column("reason_text", Text),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Instant),
    Column("mapping_id", Text),
    Column("mapping_hash", Text),
    Column("contract_version", Text),
    Column("trace_parent", Text),
    Column("accepted_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("changed_at", Instant, nullable=False),
    Index("ix_inquiries_case_id_owner", "case_id", "owner"),
    Index("ix_inquiries_state_id", "state", "id"),
    Index("ix_inquiries_system_state_id", "system", "state", "id"),
    Index("ix_inquiries_owner_id", "owner", "id"),
    Index("ix_inquiries_subject_id_id", "subject_id", "id"),
    Index("ix_inquiries_trace_parent", "trace_parent"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("inquiry_id", Text, ForeignKey("inquiries.id"), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("mapping_hash", Text),
    Column("sample_sealed", LargeBinary),
    sqlite_autoincrement=True,
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("system", Text, nullable=False),
    Column("ref", Text, nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("lease", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("ix_outbox_state_lease_due_at", "state", "lease", "due_at"),
    sqlite_autoincrement=True,
)

status_events = Table(
    "status_events",
    metadata,
    Column("position", Serial, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("case_id", Text, ForeignKey("cases.id"), nullable=False),
    Column("code", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("type", Text, nullable=False),
    Column("system", Text, nullable=False),
    Column("stage", Text),
    Column("title_fa", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("detail", Json, nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("source_key", Text),
    Column("inquiry_id", Text, ForeignKey("inquiries.id")),
    Column("by", Text, nullable=False),
    UniqueConstraint("case_id", "sequence"),
    UniqueConstraint("system", "source_key"),
    sqlite_autoincrement=True,
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("participant", Text, ForeignKey("participants.identifier"), nullable=False, index=True),
    Column("url", Text, nullable=False),
    Column("types", Json, nullable=False),
    Column("secret_sealed", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("created_at", Instant, nullable=False),
)

delivery_attempts = Table(
    "delivery_attempts",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("subscription_id", Text, ForeignKey("subscriptions.id"), nullable=False),
    Column("event_id", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("status", Integer),
    Column("error", Text),
    Column("done", Boolean, nullable=False),
    Index("ix_delivery_attempts_subscription_id_event_id", "subscription_id", "event_id"),
    sqlite_autoincrement=True,
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("participant", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("body_hash", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("response", LargeBinary, nullable=False),
    Column("at", Instant, nullable=False, index=True),
)

processes, claims, foreign_messages = process_tables.processes, process_tables.claims, process_tables.foreign_messages
quota_uses, drifts = connector_tables.quota_uses, connector_tables.drifts
journal_leaves, journal_positions = journal_tables.journal_leaves, journal_tables.journal_positions
journal_nodes, checkpoints = journal_tables.journal_nodes, journal_tables.checkpoints
cursors, deadlines, inbox_items = process_tables.cursors, deadline_tables.deadlines, inbox_tables.inbox_items
mapping_changes = mapping_tables.mapping_changes
missing_services, missing_service_steps = missing_tables.missing_services, missing_tables.missing_service_steps

APPEND_ONLY = (
    *("status_events", "attempts", "journal_leaves", "journal_positions", "journal_nodes", "checkpoints"),
    *_configuration.NAMES,
    *missing_tables.APPEND_ONLY,
    "cause_words",
)
"""Tables whose rows are never changed nor removed."""
