"""Rules of no-shows, of the expert's own cancelling and of moving; a service may have its own.

Runs once in every tenant's schema; nothing here may name a schema.
Locks: columns with constants are added at once.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_30_1910"
down_revision = "2026_11_29_1920"


def upgrade() -> None:
    op.add_column(
        "organization",
        sa.Column(
            "rules", postgresql.JSONB(), nullable=False, server_default=sa.text("'{}'::jsonb")
        ),
    )
    op.add_column("services", sa.Column("policy", sa.String(40), nullable=False, server_default=""))


def downgrade() -> None:
    raise NotImplementedError("go forward with a new step instead")
