"""Scheduling.

Runs once in every tenant's schema; nothing here may name a schema.
Locks: only new tables and columns without a rewrite.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_23_1020"
down_revision = "2026_11_23_1010"


def upgrade() -> None:
    op.add_column(
        "calendars",
        sa.Column("most_per_day", sa.SmallInteger(), server_default="0", nullable=False),
    )
    op.add_column("claims", sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("go forward with a new step instead")
