"""Payments whose money came for nothing are marked, so that no expert reads them as earned.

Runs once in every tenant's schema; nothing here may name a schema.
Locks: ``attempts``, for a column with a constant default, until the rows are marked; they are the
few of which everything went back by itself, found by one look through ``refunds``.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_29_1010"
down_revision = "2026_11_23_1080"


def upgrade() -> None:
    op.add_column(
        "attempts",
        sa.Column("in_vain", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.execute(
        "UPDATE attempts SET in_vain = true WHERE id IN"
        " (SELECT attempt_id FROM refunds WHERE key IN ('hour_gone', 'paid_twice'))"
    )


def downgrade() -> None:
    raise NotImplementedError("go forward with a new step instead")
