"""Commission rules, tax rates of services, and the terms that a booking froze.

Runs once in every tenant's schema; nothing here may name a schema.
Locks: new tables, and one column with a constant, added at once. Bookings of before have no terms:
all of their money is the expert's, as it was.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_29_1890"
down_revision = "2026_11_29_1880"

_NOBODY = "'00000000-0000-0000-0000-000000000000'::uuid"


def upgrade() -> None:
    op.create_table(
        "commission_rules",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("expert_id", sa.Uuid(), nullable=True),
        sa.Column("topic_id", sa.Uuid(), nullable=True),
        sa.Column("percent_bp", sa.Integer(), nullable=False),
        sa.Column("fixed_minor", sa.BigInteger(), nullable=False),
        sa.Column("minimum_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("base", sa.String(32), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="commission_rules_pkey"),
        sa.CheckConstraint(
            "expert_id IS NULL OR topic_id IS NULL", name="commission_rules_one_scope_check"
        ),
        sa.CheckConstraint("percent_bp BETWEEN 0 AND 10000", name="commission_rules_percent_check"),
        sa.CheckConstraint(
            "fixed_minor >= 0 AND minimum_minor >= 0", name="commission_rules_not_negative_check"
        ),
    )
    op.create_index(
        "commission_rules_one_per_scope",
        "commission_rules",
        [sa.text(f"coalesce(expert_id, topic_id, {_NOBODY})")],
        unique=True,
    )
    op.create_table(
        "tax_rates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", postgresql.JSONB(), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("rate_bp", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="tax_rates_pkey"),
        sa.CheckConstraint("rate_bp BETWEEN 0 AND 10000", name="tax_rates_rate_check"),
    )
    op.create_table(
        "service_taxes",
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("rate_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("service_id", name="service_taxes_pkey"),
        sa.ForeignKeyConstraint(["rate_id"], ["tax_rates.id"], name="service_taxes_rate_id_fkey"),
    )
    op.create_index("service_taxes_rate_id_idx", "service_taxes", ["rate_id"])
    op.add_column(
        "bookings",
        sa.Column("terms", postgresql.JSONB(), nullable=False, server_default="{}"),
    )


def downgrade() -> None:
    raise NotImplementedError("go forward with a new step instead")
