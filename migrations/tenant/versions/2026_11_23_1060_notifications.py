"""The list of notices on the pages, and what people want to hear.

Runs once in every tenant's schema; nothing here may name a schema.
Locks: only new tables and columns without a rewrite.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_23_1060"
down_revision = "2026_11_23_1050"


def upgrade() -> None:
    op.add_column("notices", sa.Column("read_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "notices_page_idx",
        "notices",
        ["person_id", "id"],
        postgresql_where=sa.text("channel = 'page'"),
    )
    op.create_index(
        "notices_unread_idx",
        "notices",
        ["person_id", "subject_id"],
        postgresql_where=sa.text("channel = 'page' AND read_at IS NULL"),
    )
    op.create_index(
        "notices_gathered_idx",
        "notices",
        ["person_id", "channel", "id"],
        postgresql_where=sa.text("state = 'gathered'"),
    )
    op.create_table(
        "notice_choices",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "matter",
            sa.Enum(
                "security",
                "money",
                "bookings",
                "reminders",
                "messages",
                "documents",
                "reviews",
                "verification",
                "staff",
                name="matter",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column(
            "timing",
            sa.Enum("now", "daily", "off", name="timing", native_enum=False, length=32),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("person_id", "matter", "channel", name=op.f("notice_choices_pkey")),
    )
    op.create_table(
        "notice_hours",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("quiet_from", sa.SmallInteger(), nullable=True),
        sa.Column("quiet_until", sa.SmallInteger(), nullable=True),
        sa.Column("digest_minute", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("notice_hours_pkey")),
    )


def downgrade() -> None:
    raise NotImplementedError("go forward with a new step instead")
