"""Coupons, packages of sessions and credits; what makes a booking cheaper or pays for it.

Runs once in every tenant's schema; nothing here may name a schema.
Locks: short ones on bookings and attempts, whose new columns have constant defaults.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_30_0620"
down_revision = "2026_11_29_1930"


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    json = postgresql.JSONB(astext_type=sa.Text())
    op.add_column(
        "attempts", sa.Column("about", sa.String(32), server_default="booking", nullable=False)
    )
    op.add_column(
        "bookings", sa.Column("discount", json, server_default=sa.text("'{}'"), nullable=False)
    )
    op.add_column(
        "bookings",
        sa.Column(
            "credit_attempt_ids",
            sa.ARRAY(sa.Uuid()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
    )
    op.create_table(
        "coupons",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("percent_bp", sa.Integer(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("starts_at", instant, nullable=True),
        sa.Column("ends_at", instant, nullable=True),
        sa.Column("most", sa.Integer(), nullable=True),
        sa.Column("most_each", sa.Integer(), nullable=True),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("least_minor", sa.BigInteger(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("topic_id", sa.Uuid(), nullable=True),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("expert_id", sa.Uuid(), nullable=True),
        sa.Column("borne_by", sa.String(32), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", instant, nullable=False),
        sa.Column("ended_at", instant, nullable=True),
        sa.PrimaryKeyConstraint("id", name="coupons_pkey"),
        sa.UniqueConstraint("code", name="coupons_code_key"),
        sa.CheckConstraint(
            "(percent_bp IS NULL) <> (amount_minor IS NULL)", name="coupons_one_kind_check"
        ),
        sa.CheckConstraint("percent_bp BETWEEN 1 AND 10000", name="coupons_percent_check"),
        sa.CheckConstraint("amount_minor > 0", name="coupons_amount_check"),
        sa.CheckConstraint(
            "used >= 0 AND (most IS NULL OR used <= most)", name="coupons_limit_check"
        ),
    )
    op.create_index("coupons_newest_idx", "coupons", ["made_at", "id"])
    op.create_table(
        "coupon_uses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("coupon_id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("taken_at", instant, nullable=False),
        sa.Column("released_at", instant, nullable=True),
        sa.PrimaryKeyConstraint("id", name="coupon_uses_pkey"),
        sa.ForeignKeyConstraint(["coupon_id"], ["coupons.id"], name="coupon_uses_coupon_id_fkey"),
    )
    op.create_index("coupon_uses_client_idx", "coupon_uses", ["coupon_id", "client_id"])
    op.create_index(
        "coupon_uses_one_per_booking",
        "coupon_uses",
        ["booking_id"],
        unique=True,
        postgresql_where=sa.text("released_at IS NULL"),
    )
    op.create_table(
        "packages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", json, nullable=False),
        sa.Column("sessions", sa.Integer(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("most_minor", sa.BigInteger(), nullable=True),
        sa.Column("scope", json, nullable=False),
        sa.Column("borne_by", sa.String(32), nullable=False),
        sa.Column("refundable", sa.Boolean(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("made_at", instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="packages_pkey"),
        sa.CheckConstraint("sessions BETWEEN 1 AND 1000", name="packages_sessions_check"),
        sa.CheckConstraint("price_minor >= sessions", name="packages_price_check"),
    )
    op.create_table(
        "gift_rules",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("least_minor", sa.BigInteger(), nullable=False),
        sa.Column("most_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="gift_rules_pkey"),
    )
    op.create_table(
        "credits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("buyer_id", sa.Uuid(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("made_at", instant, nullable=False),
        sa.Column("opened_at", instant, nullable=True),
        sa.Column("ends_at", instant, nullable=True),
        sa.Column("closed_at", instant, nullable=True),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=True),
        sa.Column("paid_attempt_id", sa.Uuid(), nullable=True),
        sa.Column("package_id", sa.Uuid(), nullable=True),
        sa.Column("name", json, nullable=False),
        sa.Column("sessions", sa.Integer(), nullable=True),
        sa.Column("most_minor", sa.BigInteger(), nullable=True),
        sa.Column("scope", json, nullable=False),
        sa.Column("borne_by", sa.String(32), nullable=False),
        sa.Column("refundable", sa.Boolean(), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=True),
        sa.Column("code_sealed", sa.Text(), nullable=True),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("given_by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="credits_pkey"),
        sa.ForeignKeyConstraint(["package_id"], ["packages.id"], name="credits_package_id_fkey"),
        sa.UniqueConstraint("code_hash", name="credits_code_hash_key"),
        sa.CheckConstraint("amount_minor > 0", name="credits_amount_check"),
    )
    op.create_index("credits_owner_idx", "credits", ["owner_id", "made_at", "id"])
    op.create_index("credits_buyer_idx", "credits", ["buyer_id", "made_at", "id"])
    op.create_index("credits_newest_idx", "credits", ["made_at", "id"])
    op.create_index("credits_package_idx", "credits", ["package_id"])
