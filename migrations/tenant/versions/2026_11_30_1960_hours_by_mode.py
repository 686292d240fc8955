"""Weekly hours and extra ones may be kept for one mode of services, and one place of it.

Expand step: the columns have defaults that say what held until now (hours for everything), so
running code that does not know them can still write the rows.
Runs once in every tenant's schema; nothing here may name a schema.
Locks: ACCESS EXCLUSIVE on weekly_rules and exceptions for the ALTERs, milliseconds: no rewrite, and
the checks are made first and tried afterwards, while others read and write.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_30_1960"
down_revision = "2026_11_29_1940"

CHECKS = (
    ("weekly_rules", "weekly_rules_place_check", "place = '' OR mode <> ''"),
    ("exceptions", "exceptions_place_check", "place = '' OR mode <> ''"),
    ("exceptions", "exceptions_mode_check", "mode = '' OR kind = 'extra'"),
)


def upgrade() -> None:
    for table in ("weekly_rules", "exceptions"):
        for column, kind in (("mode", sa.String(32)), ("place", sa.Text())):
            op.add_column(table, sa.Column(column, kind, nullable=False, server_default=""))
    for table, name, condition in CHECKS:
        op.create_check_constraint(name, table, condition, postgresql_not_valid=True)
    for table, name, _ in CHECKS:
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


def downgrade() -> None:
    raise NotImplementedError("go forward with a new step instead")
