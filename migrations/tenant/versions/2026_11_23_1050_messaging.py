"""Messaging.

Runs once in every tenant's schema; nothing here may name a schema.
Locks: only new tables.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision = "2026_11_23_1050"
down_revision = "2026_11_23_1040"


def upgrade() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("expert_id", sa.Uuid(), nullable=False),
        sa.Column("expert_person_id", sa.Uuid(), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="conversations_pkey"),
        sa.UniqueConstraint("client_id", "expert_id", name="conversations_pair_key"),
    )
    op.create_table(
        "conversation_members",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("read_number", sa.Integer(), nullable=False),
        sa.Column("delivered_number", sa.Integer(), nullable=False),
        sa.Column("unread", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="conversation_members_conversation_id_fkey",
        ),
        sa.PrimaryKeyConstraint("conversation_id", "person_id", name="conversation_members_pkey"),
    )
    op.create_index(
        "conversation_members_list_idx",
        "conversation_members",
        ["person_id", "last_at", "conversation_id"],
    )
    op.create_index(
        "conversation_members_unread_idx",
        "conversation_members",
        ["person_id"],
        postgresql_where=sa.text("unread > 0"),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sender_id", sa.Uuid(), nullable=True),
        sa.Column("sending_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="messages_conversation_id_fkey"
        ),
        sa.PrimaryKeyConstraint("id", name="messages_pkey"),
        sa.UniqueConstraint("conversation_id", "number", name="messages_number_key"),
        sa.UniqueConstraint("conversation_id", "sending_id", name="messages_sending_key"),
    )
    op.create_index("messages_words_idx", "messages", ["words"], postgresql_using="gin")
    op.create_table(
        "message_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="message_files_conversation_id_fkey"
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name="message_files_message_id_fkey"
        ),
        sa.PrimaryKeyConstraint("id", name="message_files_pkey"),
    )
    op.create_index("message_files_list_idx", "message_files", ["conversation_id", "id"])
    op.create_index("message_files_message_id_idx", "message_files", ["message_id"])


def downgrade() -> None:
    raise NotImplementedError("go forward with a new step instead")
