"""Bookings.

Runs once in every tenant's schema; nothing here may name a schema.
Locks: only new tables and columns without a rewrite.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision = "2026_11_23_1030"
down_revision = "2026_11_23_1020"


def upgrade() -> None:
    pass


def downgrade() -> None:
    raise NotImplementedError("go forward with a new step instead")
