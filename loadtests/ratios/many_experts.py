"""Many experts of one organization for questions: some real ones, copied inside the database."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from cilis.cli.bulk import people
from cilis.domains import search, tenants
from cilis.infra import provisioning
from cilis.infra.db import reading
from cilis.infra.tenancy import Tenant
from cilis.kit import passwords

REAL = 50
_OTHER = "md5(t.{column}::text || '-' || n)::uuid"
_COPIED: dict[str, dict[str, str]] = {
    "experts": {"id": _OTHER, "person_id": _OTHER, "slug": "t.slug || '-' || n"},
    "expert_topics": {"expert_id": _OTHER},
    "services": {"id": _OTHER, "expert_id": _OTHER},
    "calendars": {"expert_id": _OTHER},
    "weekly_rules": {"id": _OTHER, "expert_id": _OTHER},
    "search_cards": {
        "expert_id": _OTHER,
        "rating": "3.5 + 1.5 * random()",
        "rating_count": "30",
        "stars": "t.stars * (0.6 + 0.4 * random())",
        "standing": "t.standing * (0.6 + 0.4 * random())",
    },
    "search_offers": {"service_id": _OTHER, "expert_id": _OTHER},
}


def fill(tenant: Tenant, count: int) -> None:
    """Give the tenant that is being served ``count`` experts who can be found and booked."""
    with reading() as session:
        house = tenants.organization(session)
    people.add_experts(REAL, house, passwords.hash_password(people.PASSWORD), lambda _: None)
    search.rebuild()
    with provisioning.owner() as connection:
        connection.execute(
            sql.SQL("SET search_path TO {}, ext").format(sql.Identifier(tenant.schema))
        )
        for table, changed in _COPIED.items():
            _multiply(connection, tenant, table, changed, count // REAL - 1)
        connection.execute("ANALYZE")


def _multiply(
    connection: psycopg.Connection[Any],
    tenant: Tenant,
    table: str,
    changed: dict[str, str],
    times: int,
) -> None:
    rows = connection.execute(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_schema = %s AND table_name = %s ORDER BY ordinal_position",
        (tenant.schema, table),
    )
    columns = [str(row[0]) for row in rows]
    values = [changed.get(one, "t.{column}").format(column=one) for one in columns]
    connection.execute(
        sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {} t, generate_series(1, {}) n").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.SQL(", ").join(map(sql.SQL, values)),
            sql.Identifier(table),
            sql.Literal(times),
        )
    )
