"""Experts.

Where sessions take place, withdrawn applications, reviews that were edited.

Runs once in every tenant's schema; nothing here may name a schema.
Locks: only new tables and columns without a rewrite.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_23_1010"
down_revision = "2026_11_23_1000"


def upgrade() -> None:
    op.add_column(
        "services",
        sa.Column("mode", sa.String(32), nullable=False, server_default="video"),
    )
    op.add_column("services", sa.Column("place", sa.Text(), nullable=False, server_default=""))
    op.create_index("topics_parent_id_idx", "topics", ["parent_id"])
    op.create_index(
        "verification_documents_verification_id_idx", "verification_documents", ["verification_id"]
    )
    op.create_index("verifications_submitted_at_id_idx", "verifications", ["submitted_at", "id"])
    op.add_column("reviews", sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_index("reviews_stars_idx", table_name="reviews")
    op.create_index("reviews_stars_idx", "reviews", ["expert_id", "stars", "created_at", "id"])
    op.create_index(
        "reviews_unanswered_idx",
        "reviews",
        ["expert_id", "created_at", "id"],
        postgresql_where=sa.text("reply = ''"),
    )
    op.create_index("reviews_topic_id_idx", "reviews", ["topic_id"])


def downgrade() -> None:
    raise NotImplementedError("go forward with a new step instead")
