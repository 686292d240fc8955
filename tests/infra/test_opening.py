"""The words that begin a transaction travel with its first statement, whatever that carries."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE, Range

from cilis.infra import db
from cilis.infra.db import reading, transaction
from cilis.infra.tenancy import Tenant


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every query that goes to the server."""
    found: list[str] = []
    execute = psycopg.Cursor.execute

    def note(self: psycopg.Cursor[Any], query: Any, *more: Any, **options: Any) -> Any:
        found.append(str(query))
        return execute(self, query, *more, **options)

    monkeypatch.setattr(psycopg.Cursor, "execute", note)
    return found


def test_a_reading_of_one_statement_is_one_query(tenant: Tenant, said: list[str]) -> None:
    with reading() as session:
        assert session.connection().execute(sa.text("SELECT current_user")).scalar() == tenant.role
    (query,) = said
    assert query.startswith("BEGIN READ ONLY; SET LOCAL search_path")
    assert query.endswith("SELECT current_user")


def test_only_the_first_statement_carries_the_words(tenant: Tenant, said: list[str]) -> None:
    with transaction() as session:
        for number in range(3):
            session.execute(sa.text("SELECT :number + 0"), {"number": number})
    assert [query.startswith("BEGIN") for query in said] == [True, False, False]
    assert "%(number)s" in said[1]  # bound by the server


def test_a_transaction_that_asks_nothing_says_nothing(tenant: Tenant, said: list[str]) -> None:
    with transaction():
        pass
    with reading():
        pass
    assert said == []


NASTY = "'; DROP TABLE people; -- %s %(x)s \\' \\\\ \"; $1 đĐ 🦆 \n\t"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (NASTY, sa.Text()),
        ([NASTY, ""], sa.ARRAY(sa.Text())),
        ({"a": [NASTY, None, 1.5, True]}, JSONB()),
        (b"\x00'\\\xff", sa.LargeBinary()),
        (UUID(int=1), sa.Uuid()),
        ([UUID(int=1), UUID(int=2)], sa.ARRAY(sa.Uuid())),
        (datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=UTC), sa.DateTime(timezone=True)),
        (-(2**63), sa.BigInteger()),
        (-1.5, sa.Float()),
        (2**63 - 1, sa.BigInteger()),
        (None, sa.Text()),
        (True, sa.Boolean()),
        (
            Range(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC), bounds="[)"),
            TSTZRANGE(),
        ),
    ],
    ids=str,
)
def test_values_arrive_as_they_do_later(value: object, kind: Any, tenant: Tenant) -> None:
    asked = sa.select(sa.cast(sa.bindparam("value", type_=kind), kind))
    with reading() as session:
        first = session.connection().execute(asked, {"value": value}).scalar()
        later = session.connection().execute(asked, {"value": value}).scalar()
    assert first == later == value


def test_text_that_postgresql_cannot_hold_is_refused_in_the_first_statement_too(
    tenant: Tenant,
) -> None:
    for text in ("a\x00b", "\ud800"):
        with reading() as session, pytest.raises((sa.exc.DataError, UnicodeEncodeError)):
            session.execute(sa.text("SELECT CAST(:text AS text)"), {"text": text})


def test_rows_and_counts_are_those_of_the_statement(tenant: Tenant) -> None:
    with transaction() as session:
        made = session.connection().execute(sa.text("CREATE TEMP TABLE t (n int) ON COMMIT DROP"))
        assert not made.returns_rows
        wrote = session.connection().execute(sa.text("INSERT INTO t SELECT generate_series(1, 7)"))
        assert wrote.rowcount == 7
    with reading() as session:
        found = session.connection().execute(sa.text("SELECT generate_series(1, 3) AS n"))
        assert [row.n for row in found] == [1, 2, 3]


def test_many_rows_at_once_come_after_the_words(tenant: Tenant, said: list[str]) -> None:
    with transaction() as session:
        session.connection().execute(
            sa.text("SELECT set_config('app.n' || :n, 'x', true)"), [{"n": "1"}, {"n": "2"}]
        )
        found = session.scalar(sa.text("SELECT current_user || current_setting('app.n2')"))
    assert found == f"{tenant.role}x"
    assert said[0].startswith("BEGIN; SET LOCAL")


def test_a_refused_first_statement_leaves_the_connection_as_it_was(tenant: Tenant) -> None:
    with pytest.raises(sa.exc.ProgrammingError), reading() as session:
        session.execute(sa.text("SELECT no_such_column"))
    with db.engine().connect() as connection:
        user, path = connection.exec_driver_sql(
            "SELECT current_user, current_setting('search_path')"
        ).one()
    assert user == "cilis_app"
    assert tenant.schema not in path
