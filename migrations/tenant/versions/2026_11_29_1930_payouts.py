"""Payouts: rules, accounts of experts, batches, payouts and corrections.

Runs once in every tenant's schema; nothing here may name a schema.
Locks: none, all tables are new.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_29_1930"
down_revision = "2026_11_30_1950"


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "payout_rules",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("holding_days", sa.Integer(), nullable=False),
        sa.Column("minimum_minor", sa.BigInteger(), nullable=False),
        sa.Column("approval_above_minor", sa.BigInteger(), nullable=False),
        sa.Column("lock_days", sa.Integer(), nullable=False),
        sa.Column("account_holder", sa.Text(), nullable=False),
        sa.Column("account_hint", sa.Text(), nullable=False),
        sa.Column("account_sealed", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="payout_rules_pkey"),
    )
    op.create_table(
        "payees",
        sa.Column("expert_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("provider", sa.String(40), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("changed_at", instant, nullable=False),
        sa.Column("locked_until", instant, nullable=True),
        sa.PrimaryKeyConstraint("expert_id", name="payees_pkey"),
    )
    op.create_table(
        "payout_batches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(16), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("payouts", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", instant, nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_at", instant, nullable=True),
        sa.Column("ended_at", instant, nullable=True),
        sa.PrimaryKeyConstraint("id", name="payout_batches_pkey"),
        sa.UniqueConstraint("reference", name="payout_batches_reference_key"),
    )
    op.create_index("payout_batches_newest_idx", "payout_batches", ["made_at", "id"])
    op.create_index("payout_batches_state_idx", "payout_batches", ["state", "made_at", "id"])
    op.create_table(
        "payouts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("expert_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("provider", sa.String(40), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("ordered_at", instant, nullable=False),
        sa.Column("paid_at", instant, nullable=True),
        sa.Column("returned_at", instant, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("provider_reference", sa.Text(), nullable=False),
        sa.Column("asked_step", sa.Integer(), nullable=False),
        sa.Column("times_sent", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="payouts_pkey"),
        sa.ForeignKeyConstraint(["batch_id"], ["payout_batches.id"], name="payouts_batch_id_fkey"),
        sa.UniqueConstraint("batch_id", "expert_id", name="payouts_batch_id_expert_id_key"),
        sa.CheckConstraint("amount_minor > 0", name="payouts_amount_positive_check"),
    )
    op.create_index("payouts_expert_idx", "payouts", ["expert_id", "ordered_at", "id"])
    op.create_index(
        "payouts_open_idx",
        "payouts",
        ["expert_id"],
        postgresql_where=sa.text("state IN ('ordered', 'sent')"),
    )
    op.create_table(
        "payout_adjustments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("expert_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", instant, nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", instant, nullable=True),
        sa.PrimaryKeyConstraint("id", name="payout_adjustments_pkey"),
        sa.CheckConstraint("amount_minor <> 0", name="payout_adjustments_amount_not_zero_check"),
    )
    op.create_index(
        "payout_adjustments_expert_idx", "payout_adjustments", ["expert_id", "asked_at", "id"]
    )
    op.create_index(
        "payout_adjustments_waiting_idx",
        "payout_adjustments",
        ["asked_at", "id"],
        postgresql_where=sa.text("state = 'waiting'"),
    )


def downgrade() -> None:
    raise NotImplementedError("go forward with a new step instead")
