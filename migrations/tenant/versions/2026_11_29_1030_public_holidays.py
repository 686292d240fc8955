"""Experts take the public holidays of a country or region off.

Runs once in every tenant's schema; nothing here may name a schema.
Locks: both tables for a moment; constant defaults write no row anew. Calendars are few.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_29_1030"
down_revision = "2026_11_29_1020"


def upgrade() -> None:
    op.add_column("calendars", sa.Column("country", sa.Text(), server_default="", nullable=False))
    op.add_column("calendars", sa.Column("region", sa.Text(), server_default="", nullable=False))
    op.add_column("calendars", sa.Column("holidays_until", sa.Date(), nullable=True))
    op.create_index(
        "calendars_holidays_until_idx",
        "calendars",
        ["holidays_until"],
        postgresql_where=sa.text("holidays_until IS NOT NULL"),
    )
    op.add_column("exceptions", sa.Column("label", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    raise NotImplementedError("go forward with a new step instead")
