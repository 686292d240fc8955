"""Whose money a refund is, and refunds that a second person has to agree to.

Runs once in every tenant's schema; nothing here may name a schema.
Locks: a column with a constant is added at once; a new table.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_30_1911"
down_revision = "2026_11_30_1910"


def _borne_by(**more: object) -> sa.Column[str]:
    kind = sa.Enum("organization", "shared", name="borneby", native_enum=False, length=32)
    return sa.Column("borne_by", kind, nullable=False, **more)  # type: ignore[arg-type]


def upgrade() -> None:
    op.add_column("refunds", _borne_by(server_default="shared"))
    op.create_table(
        "refund_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        _borne_by(),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "approved",
                "refused",
                "withdrawn",
                "expired",
                name="requeststate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("refund_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("refund_requests_pkey")),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempts.id"], name=op.f("refund_requests_attempt_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["refunds.id"], name=op.f("refund_requests_refund_id_fkey")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("refund_requests_amount_positive_check")),
        sa.CheckConstraint(
            "decided_by <> asked_by OR state <> 'approved'",
            name=op.f("refund_requests_four_eyes_check"),
        ),
    )
    op.create_index(
        op.f("refund_requests_attempt_id_idx"), "refund_requests", ["attempt_id"], unique=False
    )
    op.create_index(
        "refund_requests_one_waiting",
        "refund_requests",
        ["attempt_id"],
        unique=True,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index("refund_requests_newest_idx", "refund_requests", ["asked_at", "id"])
    op.create_index("refund_requests_state_idx", "refund_requests", ["state", "asked_at", "id"])


def downgrade() -> None:
    raise NotImplementedError("go forward with a new step instead")
