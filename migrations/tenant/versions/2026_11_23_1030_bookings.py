"""Bookings: other times proposed, disagreements, papers shared.

Runs once in every tenant's schema; nothing here may name a schema.
Locks: new tables and columns without a rewrite; writes to bookings wait while two indexes are built.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_23_1030"
down_revision = "2026_11_23_1020"


def upgrade() -> None:
    op.add_column(
        "bookings",
        sa.Column("mode", sa.String(length=16), server_default="video", nullable=False),
    )
    op.add_column("bookings", sa.Column("place", sa.Text(), server_default="", nullable=False))
    op.add_column("bookings", sa.Column("missed_by", sa.String(length=8), nullable=True))
    op.add_column("bookings", sa.Column("disputed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "bookings_state_starts_at_idx", "bookings", ["state", "starts_at", "id"], unique=False
    )
    op.create_index(
        "bookings_disputed_idx",
        "bookings",
        ["starts_at", "id"],
        unique=False,
        postgresql_where=sa.text("disputed_at IS NOT NULL"),
    )
    op.create_table(
        "booking_proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "accepted",
                "refused",
                "withdrawn",
                "overtaken",
                name="proposalstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("starts", sa.ARRAY(sa.DateTime(timezone=True)), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name=op.f("booking_proposals_booking_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("booking_proposals_pkey")),
    )
    op.create_index(
        op.f("booking_proposals_booking_id_idx"), "booking_proposals", ["booking_id"], unique=False
    )
    op.create_index(
        "booking_proposals_one_open",
        "booking_proposals",
        ["booking_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "booking_documents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("file_key", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("content_type", sa.String(length=120), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("booking_documents_pkey")),
    )
    op.create_index(
        op.f("booking_documents_booking_id_idx"), "booking_documents", ["booking_id"], unique=False
    )


def downgrade() -> None:
    raise NotImplementedError("go forward with a new step instead")
