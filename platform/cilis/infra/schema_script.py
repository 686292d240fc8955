"""The prepared script of a tenant's schema: what the migrations add up to, in one piece."""

from __future__ import annotations

import functools
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable

_APPEND_ONLY = frozenset({"audit_entries", "booking_changes", "payment_changes"})


def migrations_dir() -> Path:
    """Where the migrations lie: in the checkout, or inside the installed wheel."""
    inside = Path(__file__).resolve().parents[1] / "migrations"
    return inside if inside.is_dir() else Path(__file__).resolve().parents[3] / "migrations"


def compile_tables(metadata: sa.MetaData, names: frozenset[str] | None = None) -> str:
    """DDL of all tables (or the named ones) and their indexes, in the order of dependence."""
    dialect: Dialect = PGDialect_psycopg()  # type: ignore[no-untyped-call]
    parts: list[str] = []
    for table in metadata.sorted_tables:
        if names is not None and table.name not in names:
            continue
        parts.append(str(CreateTable(table).compile(dialect=dialect)).strip())
        parts.extend(
            str(CreateIndex(index).compile(dialect=dialect)).strip()
            for index in sorted(table.indexes, key=lambda index: str(index.name))
        )
    return ";\n\n".join(parts) + ";\n"


@functools.cache
def tenant_script() -> str:
    """The current schema of one tenant; names no schema, so it is run with a search path."""
    return (migrations_dir() / "tenant" / "schema.sql").read_text(encoding="utf-8")


@functools.cache
def tenant_revision() -> str:
    """The revision of the tenant line that the prepared script stands at."""
    first = tenant_script().partition("\n")[0]
    return first.removeprefix("-- revision ").strip()


def grants(schema: str, role: str) -> str:
    """What a tenant's role may do in its own schema: everything but rewrite its books."""
    books = "".join(
        f"DO $$ BEGIN IF to_regclass('{schema}.{table}') IS NOT NULL THEN "
        f"REVOKE UPDATE, DELETE ON {schema}.{table} FROM {role}; END IF; END $$;\n"
        for table in sorted(_APPEND_ONLY)
    )
    return (
        f"GRANT USAGE ON SCHEMA {schema} TO {role};\n"
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role};\n{books}"
    )
