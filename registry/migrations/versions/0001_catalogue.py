"""Who takes part, what is offered, who may ask and who is told."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "participants",
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title_fa", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("agency_number", sa.Integer()),
        sa.Column("parent", sa.Text()),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("system", sa.Text()),
        sa.ForeignKeyConstraint(["parent"], ["participants.identifier"], name="fk_participants_parent"),
        sa.PrimaryKeyConstraint("identifier", name="pk_participants"),
        sa.UniqueConstraint("agency_number", name="uq_participants_agency_number"),
        sa.UniqueConstraint("system", name="uq_participants_system"),
    )
    op.create_index("ix_participants_parent", "participants", ["parent"])
    op.create_table(
        "credentials",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("participant", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text()),
        sa.Column("jwk", sa.Text()),
        sa.Column("kid", sa.Text()),
        sa.Column("expires_at", sa.BigInteger()),
        sa.Column("revoked_at", sa.BigInteger()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["participant"], ["participants.identifier"], name="fk_credentials_participant"),
        sa.PrimaryKeyConstraint("id", name="pk_credentials"),
        sa.UniqueConstraint("kid", name="uq_credentials_kid"),
        sa.UniqueConstraint("secret_hash", name="uq_credentials_secret_hash"),
    )
    op.create_index("ix_credentials_participant", "credentials", ["participant"])
    op.create_table(
        "rights",
        sa.Column("participant", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("purposes", sa.Text(), nullable=False),
        sa.Column("legal_bases", sa.Text(), nullable=False),
        sa.Column("field_mask", sa.Text(), nullable=False),
        sa.Column("quota_per_day", sa.Integer()),
        sa.Column("expires_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["participant"], ["participants.identifier"], name="fk_rights_participant"),
        sa.PrimaryKeyConstraint("participant", "service", name="pk_rights"),
    )
    op.create_index("ix_rights_service", "rights", ["service"])
    op.create_table(
        "services",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("title_fa", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("electronic", sa.Text(), nullable=False),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("approval_reference", sa.Text()),
        sa.Column("system", sa.Text()),
        sa.Column("operation", sa.Text()),
        sa.Column("channels", sa.Text(), nullable=False),
        sa.Column("minimum_assurance", sa.Integer(), nullable=False),
        sa.Column("deadline_days", sa.Integer()),
        sa.Column("card", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["provider"], ["participants.identifier"], name="fk_services_provider"),
        sa.PrimaryKeyConstraint("id", "version", name="pk_services"),
    )
    op.create_index("ix_services_provider", "services", ["provider"])
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("participant", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("types", sa.Text(), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["participant"], ["participants.identifier"], name="fk_subscriptions_participant"),
        sa.PrimaryKeyConstraint("id", name="pk_subscriptions"),
    )
    op.create_index("ix_subscriptions_participant", "subscriptions", ["participant"])
    op.create_table(
        "delivery_attempts",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("subscription_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("error", sa.Text()),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["subscription_id"], ["subscriptions.id"], name="fk_delivery_attempts_subscription_id"),
        sa.PrimaryKeyConstraint("id", name="pk_delivery_attempts"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_delivery_attempts_subscription_id_event_id", "delivery_attempts", ["subscription_id", "event_id"]
    )
