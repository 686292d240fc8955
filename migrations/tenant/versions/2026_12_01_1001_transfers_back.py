"""Who wants a transfer back that a payment company made.

Runs once in every tenant's schema; nothing here may name a schema.
Locks: a column without a value is added at once.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_01_1001"
down_revision = "2026_12_01_1000"


def upgrade() -> None:
    op.add_column("payouts", sa.Column("recalled_by", sa.Uuid(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("go forward with a new step instead")
