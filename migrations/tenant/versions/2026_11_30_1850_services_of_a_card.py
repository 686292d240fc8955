"""The search's copy knows the modes and lengths of all services of an expert, for its counts.

Runs once in every tenant's schema; nothing here may name a schema.
Locks: two columns with a constant, added at once. They are filled when an expert changes, or
at once by ``cilis search rebuild`` (which stems of words need as well); until then services are
looked at.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_30_1850"
down_revision = "2026_11_29_1890"


def upgrade() -> None:
    for name, kind in (("modes", sa.Text()), ("durations", sa.Integer())):
        column = sa.Column(name, sa.ARRAY(kind), nullable=False, server_default="{}")
        op.add_column("search_cards", column)


def downgrade() -> None:
    raise NotImplementedError("go forward with a new step instead")
