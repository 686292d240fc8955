"""What of a refund comes out of what a payment company passed on to the payee.

Runs once in every tenant's schema; nothing here may name a schema.
Locks: a column without a value is added at once.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_01_1000"
down_revision = "2026_11_30_1960"


def upgrade() -> None:
    op.add_column("refunds", sa.Column("share_minor", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("go forward with a new step instead")
