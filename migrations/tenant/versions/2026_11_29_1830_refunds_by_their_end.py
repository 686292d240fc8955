"""What went back in a period is found by an index: an expert's earnings take it off.

Runs once in every tenant's schema; nothing here may name a schema.
Locks: new refunds wait for one reading of the table, a tenth of a second for a hundred thousand.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_29_1830"
down_revision = "2026_11_29_1820"


def upgrade() -> None:
    op.create_index(
        "refunds_returned_idx",
        "refunds",
        ["settled_at"],
        postgresql_where=sa.text("state = 'done'"),
    )


def downgrade() -> None:
    raise NotImplementedError("go forward with a new step instead")
