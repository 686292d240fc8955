"""The search's copy knows its exact starts, the words that rank, and its own revision.

Runs once in every tenant's schema; nothing here may name a schema.
Locks: columns with constants are added at once; then one pass over the cards fills the ranking
words from those that are there (some minutes for a million experts, no reader waits). The exact
starts, countries and modes come with the next reading of each expert, within a day, or at once by
``cilis search rebuild``; until then half hours decide, as before.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_29_1820"
down_revision = "2026_11_29_1810"


def upgrade() -> None:
    cards, offers = "search_cards", "search_offers"
    for table, column in (
        (cards, sa.Column("revision", sa.BigInteger(), nullable=False, server_default="0")),
        (cards, sa.Column("head", postgresql.TSVECTOR(), nullable=False, server_default="")),
        (cards, sa.Column("country", sa.Text(), nullable=False, server_default="")),
        (offers, sa.Column("mode", sa.Text(), nullable=False, server_default="")),
        (offers, sa.Column("step", sa.Integer(), nullable=False, server_default="60")),
        (
            offers,
            sa.Column("runs_since", sa.ARRAY(sa.Integer()), nullable=False, server_default="{}"),
        ),
        (
            offers,
            sa.Column("runs_until", sa.ARRAY(sa.Integer()), nullable=False, server_default="{}"),
        ),
    ):
        op.add_column(table, column)
    op.execute("UPDATE search_cards SET head = ts_filter(words, '{a,b,c}') WHERE listed")


def downgrade() -> None:
    raise NotImplementedError("go forward with a new step instead")
