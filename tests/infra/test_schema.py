"""The prepared script of a tenant's schema is what migrations add up to, and what models say."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from cilis import rooms
from cilis.infra import migrate, provisioning
from cilis.infra.db import Base
from cilis.infra.schema_script import compile_tables, tenant_revision, tenant_script
from cilis.testing import house as houses

COLUMNS = (
    "SELECT table_name, column_name, data_type, udt_name, is_nullable, column_default,"
    " character_maximum_length FROM information_schema.columns WHERE table_schema = %s"
)
INDEXES = "SELECT replace(indexdef, %s || '.', '') FROM pg_indexes WHERE schemaname = %s"
CONSTRAINTS = (
    "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = %s::regnamespace AND contype <> 'n'"
)


@pytest.fixture
def owner(house: houses.House) -> Iterator[psycopg.Connection[object]]:
    del house
    rooms.load_models()
    with provisioning.owner() as connection:
        yield connection
        provisioning.run(connection, "DROP SCHEMA IF EXISTS by_history, by_script CASCADE")


def _built(connection: psycopg.Connection[object], name: str, script: str) -> list[list[str]]:
    with connection.transaction():
        provisioning.run(connection, f"DROP SCHEMA IF EXISTS {name} CASCADE; CREATE SCHEMA {name};"
                         f"SET LOCAL search_path TO {name}, ext")  # fmt: skip
        provisioning.run(connection, script)
        return [
            sorted(str(row) for row in connection.execute(COLUMNS, (name,))),
            sorted(str(row) for row in connection.execute(INDEXES, (name, name))),
            sorted(str(row) for row in connection.execute(CONSTRAINTS, (name,))),
        ]


def test_the_script_equals_the_history(owner: psycopg.Connection[object]) -> None:
    history = _built(owner, "by_history", migrate.compile_steps("tenant", "base"))
    script = _built(owner, "by_script", tenant_script())
    for mine, theirs in zip(script, history, strict=True):
        assert mine == theirs
    assert all(script)


def test_the_script_stands_at_the_newest_step() -> None:
    assert tenant_revision() == migrate.head("tenant")


def test_the_script_says_what_the_models_say(house: houses.House) -> None:
    rooms.load_models()
    assert tenant_script().partition("\n")[2] == compile_tables(Base.metadata), (
        "models changed: cilis migrate new tenant '…', then cilis migrate snapshot"
    )


def test_every_table_has_a_primary_key_and_no_foreign_key_leaves_the_schema() -> None:
    rooms.load_models()
    for table in Base.metadata.tables.values():
        assert table.primary_key.columns, table.name
        assert table.schema is None, table.name
        assert all(key.column.table.schema is None for key in table.foreign_keys), table.name
