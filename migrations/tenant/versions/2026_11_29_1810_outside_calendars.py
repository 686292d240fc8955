"""Calendars outside: connections, the time they take, and the experts' own feeds.

Runs once in every tenant's schema; nothing here may name a schema.
Locks: only new tables.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_29_1810"
down_revision = "2026_11_29_1800"


def upgrade() -> None:
    op.create_table(
        "outside_spans",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("expert_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("during", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("outside_spans_pkey")),
    )
    op.create_index(
        "outside_spans_expert_id_during_idx",
        "outside_spans",
        ["expert_id", "during"],
        unique=False,
        postgresql_using="gist",
    )
    op.create_index(
        op.f("outside_spans_source_id_idx"), "outside_spans", ["source_id"], unique=False
    )
    op.create_table(
        "calendar_connections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("expert_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("ics", "caldav", name="calendarkind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column(
            "when_unread",
            sa.Enum("open", "closed", name="whenunread", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("patience_minutes", sa.Integer(), nullable=False),
        sa.Column("connected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("modified", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("known_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("names", sa.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("calendar_connections_pkey")),
    )
    op.create_index(
        "calendar_connections_due_at_idx", "calendar_connections", ["due_at"], unique=False
    )
    op.create_index(
        op.f("calendar_connections_expert_id_idx"),
        "calendar_connections",
        ["expert_id"],
        unique=False,
    )
    op.create_table(
        "calendar_feeds",
        sa.Column("expert_id", sa.Uuid(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("details", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("expert_id", name=op.f("calendar_feeds_pkey")),
        sa.UniqueConstraint("token", name=op.f("calendar_feeds_token_key")),
    )


def downgrade() -> None:
    raise NotImplementedError("go forward with a new step instead")
