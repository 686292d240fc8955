"""What of a contested payment the payee had got, and since when it is back.

Runs once in every tenant's schema; nothing here may name a schema.
Locks: columns without values are added at once.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_01_1002"
down_revision = "2026_12_01_1001"


def upgrade() -> None:
    op.add_column("disputes", sa.Column("share_minor", sa.BigInteger(), nullable=True))
    moment = sa.DateTime(timezone=True)
    op.add_column("disputes", sa.Column("share_back_at", moment, nullable=True))


def downgrade() -> None:
    raise NotImplementedError("go forward with a new step instead")
