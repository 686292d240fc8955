"""Disputes with the evidence for banks, payees' accounts, and what payment companies keep.

Runs once in every tenant's schema; nothing here may name a schema.
Locks: columns without a default or with a constant one, no rewrite of a table; the index of
``payment_changes.dispute_id`` is made while the column is empty.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_29_1901"
down_revision = "2026_11_29_1900"


def upgrade() -> None:
    op.add_column(
        "attempts", sa.Column("payee_account", sa.String(80), nullable=False, server_default="")
    )
    op.add_column("attempts", sa.Column("kept_minor", sa.BigInteger))
    op.add_column("attempts", sa.Column("cost_minor", sa.BigInteger))
    op.add_column(
        "attempts", sa.Column("cost_currency", sa.String(3), nullable=False, server_default="")
    )
    op.create_table(
        "disputes",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("attempt_id", sa.Uuid, nullable=False),
        sa.Column("provider", sa.String(40), nullable=False),
        sa.Column("reference", sa.String(120), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("told_key", sa.Uuid),
        sa.Column("told_by", sa.Uuid),
        sa.Column("told_at", sa.DateTime(timezone=True)),
        sa.Column("problem", sa.Text, nullable=False),
        sa.CheckConstraint("amount_minor > 0", name="disputes_amount_positive_check"),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name="disputes_attempt_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="disputes_pkey"),
        sa.UniqueConstraint("provider", "reference", name="disputes_provider_reference_key"),
    )
    op.create_index("disputes_attempt_id_idx", "disputes", ["attempt_id"])
    op.create_index("disputes_newest_idx", "disputes", ["opened_at", "id"])
    op.create_index("disputes_state_idx", "disputes", ["state", "opened_at", "id"])
    op.create_table(
        "dispute_papers",
        sa.Column("dispute_id", sa.Uuid, nullable=False),
        sa.Column("field", sa.String(60), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("file_key", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("content_type", sa.Text, nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["dispute_id"], ["disputes.id"], name="dispute_papers_dispute_id_fkey"
        ),
        sa.PrimaryKeyConstraint("dispute_id", "field", name="dispute_papers_pkey"),
    )
    op.create_table(
        "payee_accounts",
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("provider", sa.String(40), nullable=False),
        sa.Column("account", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "provider", name="payee_accounts_pkey"),
    )
    op.add_column("payment_changes", sa.Column("dispute_id", sa.Uuid))
    op.create_foreign_key(
        "payment_changes_dispute_id_fkey", "payment_changes", "disputes", ["dispute_id"], ["id"]
    )
    op.create_index("payment_changes_dispute_id_idx", "payment_changes", ["dispute_id"])


def downgrade() -> None:
    raise NotImplementedError("go forward with a new step instead")
