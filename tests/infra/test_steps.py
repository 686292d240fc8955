"""Steps that carry rows over, run on a schema that has some."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from cilis import rooms
from cilis.infra import migrate, provisioning
from cilis.testing import house as houses

BEFORE = "2026_11_23_1080"
AMOUNTS = ("analytics_bookings", "analytics_money", "analytics_days", "analytics_expert_days")


@pytest.fixture
def old(house: houses.House, monkeypatch: pytest.MonkeyPatch) -> Iterator[psycopg.Connection[Any]]:
    """A schema as it was before, in the search path; gone afterwards."""
    del house
    rooms.load_models()
    with provisioning.owner() as connection, connection.transaction(force_rollback=True):
        provisioning.run(connection, "CREATE SCHEMA before_steps")
        provisioning.run(connection, "SET LOCAL search_path TO before_steps, ext")
        steps = migrate._steps
        with monkeypatch.context() as patch:
            patch.setattr(
                migrate,
                "_steps",
                lambda line, start: [one for one in steps(line, start) if one.revision <= BEFORE],
            )
            provisioning.run(connection, migrate.compile_steps("tenant", "base"))
        yield connection


def fill(connection: psycopg.Connection[Any], table: str, **given: object) -> None:
    """One row; columns that are not given hold something of their kind."""
    any_value = {
        "uuid": "gen_random_uuid()", "boolean": "false", "date": "'2026-05-12'", "jsonb": "'{}'",
        "timestamp with time zone": "now()", "text": "''", "character varying": "''",
        "ARRAY": "'{}'",
    }  # fmt: skip
    columns = connection.execute(
        "SELECT column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'before_steps' AND table_name = %s AND is_nullable = 'NO'",
        (table,),
    ).fetchall()
    free = {name: any_value.get(kind, "1") for name, kind in columns if name not in given}
    names = ", ".join([*free, *given])
    values = ", ".join([*free.values(), *(f"%({name})s" for name in given)])
    connection.execute(f"INSERT INTO {table} ({names}) VALUES ({values})".encode(), given)


def test_money_that_came_in_vain_is_marked(old: psycopg.Connection[Any]) -> None:
    ids = [f"00000000-0000-7000-8000-00000000000{number}" for number in range(3)]
    for one, key in zip(ids, ("hour_gone", "paid_twice", "cancelled_by_client"), strict=True):
        fill(old, "attempts", id=one)
        fill(old, "refunds", attempt_id=one, key=key)
    provisioning.run(old, migrate.compile_steps("tenant", BEFORE))
    rows = old.execute("SELECT in_vain FROM attempts ORDER BY id").fetchall()
    assert [row[0] for row in rows] == [True, True, False]


@pytest.mark.parametrize("currency", ["EUR", None])
def test_amounts_get_the_organizations_currency(
    old: psycopg.Connection[Any], currency: str | None
) -> None:
    if currency:
        fill(old, "organization", id=1, currency=currency)
    for table in AMOUNTS:
        fill(old, table)
    provisioning.run(old, migrate.compile_steps("tenant", BEFORE))
    for table in AMOUNTS:
        assert old.execute(f"SELECT currency FROM {table}".encode()).fetchall() == [
            (currency or "",)
        ]
        fill(old, table, day="2026-05-13") if table.endswith("days") else fill(old, table)
