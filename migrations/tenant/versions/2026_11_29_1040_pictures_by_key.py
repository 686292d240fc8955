"""Pictures are found by their file: whether somebody still shows it, before the file goes.

Runs once in every tenant's schema; nothing here may name a schema.
Locks: writes to both tables wait for one reading of each (a second for a million people); the
indexes themselves hold only who has a picture.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_29_1040"
down_revision = "2026_11_29_1030"


def upgrade() -> None:
    for table in ("people", "experts"):
        op.create_index(
            f"{table}_picture_key_idx",
            table,
            ["picture_key"],
            postgresql_where=sa.text("picture_key IS NOT NULL"),
        )


def downgrade() -> None:
    raise NotImplementedError("go forward with a new step instead")
