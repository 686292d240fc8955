"""Payments: whom they are for, in what order they are listed, how often a refund was sent.

Runs once in every tenant's schema; nothing here may name a schema.
Locks: only new tables and columns without a rewrite.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_23_1040"
down_revision = "2026_11_23_1030"


def upgrade() -> None:
    op.add_column("attempts", sa.Column("payee_id", sa.Uuid(), nullable=True))
    op.add_column(
        "refunds", sa.Column("times_sent", sa.Integer(), server_default="0", nullable=False)
    )
    op.drop_index("attempts_payer_id_id_idx", table_name="attempts")
    op.create_index("attempts_payer_idx", "attempts", ["payer_id", "created_at", "id"])
    op.create_index("attempts_payee_idx", "attempts", ["payee_id", "created_at", "id"])
    op.create_index("attempts_newest_idx", "attempts", ["created_at", "id"])
    op.create_index("attempts_state_idx", "attempts", ["state", "created_at", "id"])
    op.create_index("attempts_amount_idx", "attempts", ["amount_minor", "created_at", "id"])
    op.create_index(
        "attempts_number_idx",
        "attempts",
        ["provider_reference"],
        postgresql_where=sa.text("provider_reference <> ''"),
    )
    op.create_index(
        "attempts_description_idx",
        "attempts",
        ["description"],
        postgresql_ops={"description": "text_pattern_ops"},
    )
    op.create_index("refunds_newest_idx", "refunds", ["asked_at", "id"])
    op.create_index("refunds_state_idx", "refunds", ["state", "asked_at", "id"])


def downgrade() -> None:
    raise NotImplementedError("go forward with a new step instead")
