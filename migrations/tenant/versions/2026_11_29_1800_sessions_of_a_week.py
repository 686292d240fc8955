"""Experts may limit the sessions of a week, as they do those of a day.

Runs once in every tenant's schema; nothing here may name a schema.
Locks: none that is felt; a column with a constant default is added without rewriting.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_29_1800"
down_revision = "2026_11_29_1050"


def upgrade() -> None:
    op.add_column(
        "calendars",
        sa.Column("most_per_week", sa.SmallInteger(), server_default="0", nullable=False),
    )


def downgrade() -> None:
    raise NotImplementedError("go forward with a new step instead")
