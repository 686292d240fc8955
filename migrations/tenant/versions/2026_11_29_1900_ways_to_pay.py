"""Which of a provider's ways a client chose: a bank transfer, or at the desk.

Runs once in every tenant's schema; nothing here may name a schema.
Locks: a column with a constant default, no rewrite of the table.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_29_1900"
down_revision = "2026_11_30_1912"


def upgrade() -> None:
    op.add_column("attempts", sa.Column("way", sa.String(40), nullable=False, server_default=""))


def downgrade() -> None:
    raise NotImplementedError("go forward with a new step instead")
