"""Pages written by hand, blocks of the home page, announcements.

Runs once in every tenant's schema; nothing here may name a schema.
Locks: only new tables and columns without a rewrite.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision = "2026_11_23_1070"
down_revision = "2026_11_23_1060"


def upgrade() -> None:
    place = sa.Enum("menu", "footer", "nowhere", name="pageplace", native_enum=False, length=32)
    op.add_column(
        "content_pages", sa.Column("place", place, server_default="footer", nullable=False)
    )
    for table, column in (
        ("content_pages", "is_shown"),
        ("content_pages", "from_pack"),
        ("content_questions", "from_pack"),
    ):
        op.add_column(
            table, sa.Column(column, sa.Boolean(), server_default=sa.true(), nullable=False)
        )
    op.create_table(
        "home_blocks",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "hero",
                "fields",
                "experts",
                "steps",
                "reviews",
                "questions",
                "text",
                "quote",
                name="blockkind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_shown", sa.Boolean(), nullable=False),
        sa.Column("texts", postgresql.JSONB(astext_type=Text()), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("home_blocks_pkey")),
    )
    op.create_table(
        "announcements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("texts", postgresql.JSONB(astext_type=Text()), nullable=False),
        sa.Column(
            "tone",
            sa.Enum(
                "info",
                "positive",
                "caution",
                "negative",
                name="tone",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "audience",
            sa.Enum(
                "everybody",
                "clients",
                "experts",
                "staff",
                name="audience",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_dismissable", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("announcements_pkey")),
    )
    op.create_index("announcements_list_idx", "announcements", ["starts_at", "id"])


def downgrade() -> None:
    raise NotImplementedError("go forward with a new step instead")
