"""The ledger: accounts, postings, transfers and snapshots of balances.

Runs once in every tenant's schema; nothing here may name a schema.
Locks: none, all tables are new.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_29_1880"
down_revision = "2026_11_29_1830"


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "ledger_accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.PrimaryKeyConstraint("id", name="ledger_accounts_pkey"),
        sa.UniqueConstraint(
            "kind", "owner", "currency", name="ledger_accounts_kind_owner_currency_key"
        ),
        sa.UniqueConstraint("id", "currency", name="ledger_accounts_id_currency_key"),
    )
    op.create_table(
        "ledger_postings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="ledger_postings_pkey"),
        sa.UniqueConstraint("key", name="ledger_postings_key_key"),
    )
    op.create_index("ledger_postings_newest_idx", "ledger_postings", ["at", "id"])
    op.create_index("ledger_postings_subject_idx", "ledger_postings", ["subject_id", "at"])
    op.create_table(
        "ledger_transfers",
        sa.Column("posting_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("debit_id", sa.Uuid(), nullable=False),
        sa.Column("credit_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.PrimaryKeyConstraint("posting_id", "number", name="ledger_transfers_pkey"),
        sa.ForeignKeyConstraint(
            ["posting_id"], ["ledger_postings.id"], name="ledger_transfers_posting_id_fkey"
        ),
        sa.ForeignKeyConstraint(
            ["debit_id", "currency"],
            ["ledger_accounts.id", "ledger_accounts.currency"],
            name="ledger_transfers_debit_fkey",
        ),
        sa.ForeignKeyConstraint(
            ["credit_id", "currency"],
            ["ledger_accounts.id", "ledger_accounts.currency"],
            name="ledger_transfers_credit_fkey",
        ),
        sa.CheckConstraint("amount_minor > 0", name="ledger_transfers_amount_positive_check"),
        sa.CheckConstraint("debit_id <> credit_id", name="ledger_transfers_two_sides_check"),
    )
    for side in ("debit", "credit"):
        op.create_index(
            f"ledger_transfers_{side}_idx",
            "ledger_transfers",
            [f"{side}_id", "at"],
            postgresql_include=["amount_minor"],
        )
    op.create_table(
        "ledger_snapshots",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("through", instant, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("debit_minor", sa.BigInteger(), nullable=False),
        sa.Column("credit_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "through", name="ledger_snapshots_pkey"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["ledger_accounts.id"], name="ledger_snapshots_account_id_fkey"
        ),
    )


def downgrade() -> None:
    raise NotImplementedError("go forward with a new step instead")
