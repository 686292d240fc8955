"""The words of names have an index of their own: completion asks for nothing else.

Runs once in every tenant's schema; nothing here may name a schema.
Locks: nobody changes what is found of experts while the index is built, a second for a hundred
thousand of them; searches go on.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_01_1100"
down_revision = "2026_12_01_1004"


def upgrade() -> None:
    op.create_index(
        "search_cards_names_idx",
        "search_cards",
        [sa.text("ts_filter(words, '{a}')")],
        postgresql_using="gin",
        postgresql_where=sa.text("listed"),
    )


def downgrade() -> None:
    raise NotImplementedError("go forward with a new step instead")
