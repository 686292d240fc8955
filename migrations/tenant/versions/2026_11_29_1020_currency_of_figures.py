"""Amounts of the figures stand beside their currency.

Runs once in every tenant's schema; nothing here may name a schema.
Locks: each table for a moment. Rows that are there get the organization's currency as the
constant default of the new column, so that none is written anew however many there are.
"""

from alembic import op

revision = "2026_11_29_1020"
down_revision = "2026_11_29_1010"

_TABLES = ("analytics_bookings", "analytics_money", "analytics_days", "analytics_expert_days")


def upgrade() -> None:
    steps = "".join(
        f"EXECUTE 'ALTER TABLE {table} ADD COLUMN currency VARCHAR(3) DEFAULT '"
        " || quote_literal(found) || ' NOT NULL'; "
        for table in _TABLES
    )
    op.execute(
        "DO $$ DECLARE found text; BEGIN "  # noqa: S608 - our own names
        "SELECT currency INTO found FROM organization WHERE id = 1; "
        f"found = coalesce(found, ''); {steps}END $$"
    )
    for table in _TABLES:
        op.execute(f"ALTER TABLE {table} ALTER COLUMN currency SET DEFAULT ''")


def downgrade() -> None:
    raise NotImplementedError("go forward with a new step instead")
