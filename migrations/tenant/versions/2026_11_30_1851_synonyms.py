"""Groups of words that mean the same, for questions.

Runs once in every tenant's schema; nothing here may name a schema.
Locks: one new table; nothing that exists is touched.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_30_1851"
down_revision = "2026_11_29_1901"


def upgrade() -> None:
    op.create_table(
        "search_synonyms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("words", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("keys", sa.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name="search_synonyms_pkey"),
    )


def downgrade() -> None:
    raise NotImplementedError("go forward with a new step instead")
