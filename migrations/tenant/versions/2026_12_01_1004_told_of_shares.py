"""How often a company was told to give a share of a contested payment back, and of how much of it.

Runs once in every tenant's schema; nothing here may name a schema.
Locks: columns without values, or with a constant, are added at once.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_01_1004"
down_revision = "2026_12_01_1003"


def upgrade() -> None:
    op.add_column("disputes", sa.Column("share_of_minor", sa.BigInteger(), nullable=True))
    times = sa.Column("share_times_told", sa.Integer(), nullable=False, server_default="0")
    op.add_column("disputes", times)


def downgrade() -> None:
    raise NotImplementedError("go forward with a new step instead")
