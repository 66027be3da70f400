"""Cases, inquiries, what must be moved and what happened."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "idempotency",
        sa.Column("participant", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("response", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("participant", "key", name="pk_idempotency"),
    )
    op.create_index("ix_idempotency_at", "idempotency", ["at"])
    op.create_table(
        "outbox",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("lease", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_ref", "outbox", ["ref"])
    op.create_index("ix_outbox_state_lease_due_at", "outbox", ["state", "lease", "due_at"])
    op.create_table(
        "subjects",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("erased_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_subjects"),
        sa.UniqueConstraint("fingerprint", name="uq_subjects_fingerprint"),
    )
    op.create_table(
        "cases",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("lead_agency", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text()),
        sa.Column("applicant_sealed", sa.LargeBinary()),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("last_stage", sa.Text()),
        sa.Column("last_event_at", sa.BigInteger()),
        sa.Column("last_stage_at", sa.BigInteger()),
        sa.Column("last_sequence", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["subjects.id"], name="fk_cases_subject_id"),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
        sa.UniqueConstraint("code", name="uq_cases_code"),
    )
    op.create_index("ix_cases_lead_agency", "cases", ["lead_agency"])
    op.create_index("ix_cases_owner", "cases", ["owner"])
    op.create_index("ix_cases_subject_id", "cases", ["subject_id"])
    op.create_table(
        "aliases",
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_aliases_case_id"),
        sa.PrimaryKeyConstraint("system", "value", name="pk_aliases"),
    )
    op.create_index("ix_aliases_case_id", "aliases", ["case_id"])
    op.create_table(
        "inquiries",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text()),
        sa.Column("payload_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("answer_sealed", sa.LargeBinary()),
        sa.Column("reason_code", sa.Text()),
        sa.Column("reason_text", sa.Text()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("mapping_id", sa.Text()),
        sa.Column("mapping_hash", sa.Text()),
        sa.Column("contract_version", sa.Text()),
        sa.Column("trace_parent", sa.Text()),
        sa.Column("accepted_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger()),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_inquiries_case_id"),
        sa.ForeignKeyConstraint(["subject_id"], ["subjects.id"], name="fk_inquiries_subject_id"),
        sa.PrimaryKeyConstraint("id", name="pk_inquiries"),
    )
    op.create_index("ix_inquiries_case_id_owner", "inquiries", ["case_id", "owner"])
    op.create_index("ix_inquiries_code", "inquiries", ["code"])
    op.create_index("ix_inquiries_owner_id", "inquiries", ["owner", "id"])
    op.create_index("ix_inquiries_state_id", "inquiries", ["state", "id"])
    op.create_index("ix_inquiries_subject_id_id", "inquiries", ["subject_id", "id"])
    op.create_index("ix_inquiries_system_state_id", "inquiries", ["system", "state", "id"])
    op.create_table(
        "attempts",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("inquiry_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("mapping_hash", sa.Text()),
        sa.Column("sample_sealed", sa.LargeBinary()),
        sa.ForeignKeyConstraint(["inquiry_id"], ["inquiries.id"], name="fk_attempts_inquiry_id"),
        sa.PrimaryKeyConstraint("id", name="pk_attempts"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_attempts_inquiry_id", "attempts", ["inquiry_id"])
    op.create_table(
        "status_events",
        sa.Column("position", _SERIAL, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text()),
        sa.Column("title_fa", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("source_key", sa.Text()),
        sa.Column("inquiry_id", sa.Text()),
        sa.Column("by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_status_events_case_id"),
        sa.ForeignKeyConstraint(["inquiry_id"], ["inquiries.id"], name="fk_status_events_inquiry_id"),
        sa.PrimaryKeyConstraint("position", name="pk_status_events"),
        sa.UniqueConstraint("case_id", "sequence", name="uq_status_events_case_id_sequence"),
        sa.UniqueConstraint("id", name="uq_status_events_id"),
        sa.UniqueConstraint("system", "source_key", name="uq_status_events_system_source_key"),
        sqlite_autoincrement=True,
    )
