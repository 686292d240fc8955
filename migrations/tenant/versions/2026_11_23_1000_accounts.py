"""Accounts.

Runs once in every tenant's schema; nothing here may name a schema.
Locks: only new tables and columns without a rewrite.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision = "2026_11_23_1000"
down_revision = "2026_11_23_0138"


def upgrade() -> None:
    op.add_column("people", sa.Column("phone", Text(), nullable=True))
    op.add_column(
        "people", sa.Column("words", postgresql.TSVECTOR(), server_default="", nullable=False)
    )
    op.add_column("one_time_tokens", sa.Column("email", Text(), nullable=True))
    op.create_index("people_words_idx", "people", ["words"], postgresql_using="gin")
    op.create_index("people_wordless_idx", "people", ["id"], postgresql_where=sa.text("words = ''"))
    op.create_index(
        "people_suspended_idx",
        "people",
        ["sort_key", "id"],
        postgresql_where=sa.text("status = 'suspended'"),
    )
    for role in ("admin", "support", "expert"):
        op.create_index(
            f"people_{role}_idx",
            "people",
            ["sort_key", "id"],
            postgresql_where=sa.text(f"roles @> ARRAY['{role}']"),
        )
    op.create_index(
        "sessions_ended_at_idx",
        "sessions",
        ["ended_at"],
        postgresql_where=sa.text("ended_at IS NOT NULL"),
    )
    op.create_index("audit_entries_actor_id_id_idx", "audit_entries", ["actor_id", "id"])


def downgrade() -> None:
    raise NotImplementedError("go forward with a new step instead")
