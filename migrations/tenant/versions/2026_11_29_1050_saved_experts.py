"""Experts can be saved for later; a profile knows when it was last changed (sitemaps).

Runs once in every tenant's schema; nothing here may name a schema.
Locks: `experts` for a moment (a column without a value writes no row anew), then its writes wait
for one reading of it while the index is made (about a second for a million experts).
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_29_1050"
down_revision = "2026_11_29_1040"


def upgrade() -> None:
    op.create_table(
        "saved_experts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("expert_id", sa.Uuid(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "num_nonnulls(person_id, session_id) = 1", name=op.f("saved_experts_one_owner_check")
        ),
        sa.ForeignKeyConstraint(["expert_id"], ["experts.id"], name="saved_experts_expert_id_fkey"),
        sa.PrimaryKeyConstraint("id", name=op.f("saved_experts_pkey")),
    )
    for owner in ("person_id", "session_id"):
        op.create_index(
            f"saved_experts_{owner}_key",
            "saved_experts",
            [owner, "expert_id"],
            unique=True,
            postgresql_where=sa.text(f"{owner} IS NOT NULL"),
        )
    op.create_index(
        "saved_experts_saved_at_idx",
        "saved_experts",
        ["saved_at"],
        postgresql_where=sa.text("session_id IS NOT NULL"),
    )
    op.add_column("experts", sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "experts_published_id_idx",
        "experts",
        ["id"],
        postgresql_where=sa.text("state = 'published'"),
    )


def downgrade() -> None:
    raise NotImplementedError("go forward with a new step instead")
