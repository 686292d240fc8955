"""How an organization shows its prices: with tax in them, or without and the tax beside.

Expand step: the column has a default that says what held until now, so running code that does
not know it can still write the row.
Runs once in every tenant's schema; nothing here may name a schema.
Locks: ACCESS EXCLUSIVE on organization for the ALTER, milliseconds (no table rewrite).
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_29_1940"
down_revision = "2026_11_30_0620"


def upgrade() -> None:
    op.add_column(
        "organization",
        sa.Column("price_display", sa.String(32), nullable=False, server_default="gross"),
    )


def downgrade() -> None:
    raise NotImplementedError("go forward with a new step instead")
