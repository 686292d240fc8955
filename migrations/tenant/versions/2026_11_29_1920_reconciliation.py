"""Days of gateways that were compared with our books, and what they found.

Runs once in every tenant's schema; nothing here may name a schema.
Locks: the new foreign keys lock attempts and refunds against writing for an instant.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_29_1920"
down_revision = "2026_11_30_1850"


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "reconciliations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.String(40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("source", sa.String(32), nullable=True),
        sa.Column("ran_at", instant, nullable=True),
        sa.Column("checked", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="reconciliations_pkey"),
        sa.UniqueConstraint("provider", "day", name="reconciliations_provider_day_key"),
    )
    op.create_index("reconciliations_day_idx", "reconciliations", ["day", "id"])
    op.create_table(
        "payment_differences",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.String(40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("reference", sa.String(160), nullable=False),
        sa.Column("provider_reference", sa.Text(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=True),
        sa.Column("refund_id", sa.Uuid(), nullable=True),
        sa.Column("is_refund", sa.Boolean(), nullable=False),
        sa.Column("ours_minor", sa.BigInteger(), nullable=True),
        sa.Column("theirs_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("found_at", instant, nullable=False),
        sa.Column("settled_at", instant, nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column("repair", sa.String(16), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name="payment_differences_pkey"),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempts.id"], name="payment_differences_attempt_id_fkey"
        ),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["refunds.id"], name="payment_differences_refund_id_fkey"
        ),
        sa.UniqueConstraint(
            "provider", "kind", "reference", name="payment_differences_provider_kind_reference_key"
        ),
    )
    op.create_index("payment_differences_attempt_id_idx", "payment_differences", ["attempt_id"])
    op.create_index("payment_differences_newest_idx", "payment_differences", ["found_at", "id"])
    op.create_index(
        "payment_differences_open_idx",
        "payment_differences",
        ["id"],
        postgresql_where=sa.text("state = 'open'"),
    )
