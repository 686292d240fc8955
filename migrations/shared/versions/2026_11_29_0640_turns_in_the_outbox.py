"""Turns in the outbox: the relay finds each organization's first due event by an index.

Runs once in every database.
Locks: node.outbox against writes while the two partial indexes are made of what waits;
some hundred milliseconds for half a million events.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_29_0640"
down_revision = "2026_11_23_0032"


def upgrade() -> None:
    op.create_index(
        "outbox_turn_idx",
        "outbox",
        ["tenant", "deliver_at"],
        schema="node",
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "outbox_subject_idx",
        "outbox",
        ["subject"],
        schema="node",
        postgresql_where=sa.text("state = 'waiting' AND subject IS NOT NULL"),
    )
