"""How experts' accounts at payment companies stand.

Runs once in every tenant's schema; nothing here may name a schema.
Locks: columns with constants are added at once; the table has a row for each expert at most.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_12_01_1003"
down_revision = "2026_12_01_1002"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    for column in (
        *(
            sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())
            for name in ("can_receive", "can_charge", "can_be_paid")
        ),
        sa.Column("due", postgresql.JSONB(), nullable=False, server_default=sa.text("'[]'::jsonb")),
        sa.Column("obstacle", sa.String(120), nullable=False, server_default=""),
        sa.Column("told_at", moment, nullable=True),
        sa.Column("opened_at", moment, nullable=True),
    ):
        op.add_column("payee_accounts", column)
    op.create_index(
        "payee_accounts_account_idx",
        "payee_accounts",
        ["provider", "account"],
        postgresql_where=sa.text("account <> ''"),
    )


def downgrade() -> None:
    raise NotImplementedError("go forward with a new step instead")
