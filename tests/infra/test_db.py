from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, ProgrammingError

from cilis.config import settings
from cilis.infra import audit, db, hosts, provisioning
from cilis.infra.db import (
    DatabaseGone,
    NestedTransaction,
    engine,
    engine_options,
    patience,
    reading,
    transaction,
    violates,
)
from cilis.infra.tenancy import NoTenant, Tenant, serving
from cilis.infra.tenant_models import AuditEntry, IdempotencyKey
from cilis.kit import clock
from cilis.testing import house as houses


def test_a_transaction_writes_and_a_reading_reads(tenant: Tenant) -> None:
    with transaction() as session:
        audit.record(session, "tests.made", None, actor=None)
    with reading() as session:
        assert [entry.action for entry in session.scalars(sa.select(AuditEntry))] == ["tests.made"]


def test_a_reading_refuses_to_write(tenant: Tenant) -> None:
    with pytest.raises(sa.exc.InternalError), reading() as session:
        audit.record(session, "tests.made", None, actor=None)


def test_an_exception_rolls_back(tenant: Tenant) -> None:
    with pytest.raises(KeyError), transaction() as session:
        audit.record(session, "tests.made", None, actor=None)
        raise KeyError
    with reading() as session:
        assert session.scalars(sa.select(AuditEntry)).all() == []


def test_transactions_do_not_nest(tenant: Tenant) -> None:
    with transaction(), pytest.raises(NestedTransaction), transaction():
        pass


def test_the_books_cannot_be_rewritten(tenant: Tenant) -> None:
    with pytest.raises(ProgrammingError) as refused, transaction() as session:
        session.execute(sa.text("UPDATE audit_entries SET action = 'x'"))
    assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)


def test_work_without_a_tenant_raises(process: object) -> None:
    with pytest.raises(NoTenant), transaction():
        pass


def test_forgetting_the_tenant_is_an_error_never_rows(tenant: Tenant) -> None:
    with engine().connect() as connection, pytest.raises(ProgrammingError):
        connection.execute(sa.text("SELECT * FROM audit_entries"))
    with engine().connect() as connection, pytest.raises(ProgrammingError) as refused:
        connection.execute(sa.text(f"SELECT * FROM {tenant.schema}.audit_entries"))
    assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)


def test_another_tenants_schema_is_refused(tenant: Tenant, other_tenant: Tenant) -> None:
    with pytest.raises(ProgrammingError) as refused, reading() as session:
        session.execute(sa.text(f"SELECT * FROM {other_tenant.schema}.audit_entries"))
    assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)


def test_an_event_under_another_name_is_refused(tenant: Tenant, other_tenant: Tenant) -> None:
    statement = sa.text(
        "INSERT INTO node.outbox (id, tenant, event, payload, created_at, deliver_at, state)"
        " VALUES (gen_random_uuid(), :tenant, 'x', '{}', now(), now(), 'waiting')"
    )
    with serving(tenant), transaction() as session:
        session.execute(statement, {"tenant": tenant.role})
    with pytest.raises(ProgrammingError), transaction() as session:
        session.execute(statement, {"tenant": other_tenant.role})
    with pytest.raises(ProgrammingError), reading() as session:
        session.execute(sa.text("SELECT * FROM node.outbox"))


def test_a_statement_past_its_limit_is_a_moment_of_unavailability(tenant: Tenant) -> None:
    began = time.monotonic()
    with pytest.raises(DatabaseGone) as refused, patience(100), reading() as session:
        session.execute(sa.text("SELECT pg_sleep(5)"))
    assert time.monotonic() - began < 2
    assert refused.value.status == 503
    with reading() as session:  # the limit was that transaction's alone
        assert session.scalar(sa.text("SHOW statement_timeout")) != "100ms"
        assert session.scalar(sa.text("SELECT 1 FROM pg_sleep(0.2)")) == 1


def test_a_deadlock_is_a_moment_of_unavailability_for_one_and_nothing_for_the_other(
    tenant: Tenant,
) -> None:
    keys = ("a", "b")
    with transaction() as session:
        for key in keys:
            row = {
                "key": key,
                "owner": "",
                "operation": "",
                "digest": "",
                "created_at": clock.now(),
            }
            session.execute(sa.insert(IdempotencyKey).values(row))
    meeting = threading.Barrier(2)

    def take(order: tuple[str, str]) -> str:
        try:
            with transaction() as session:
                for key in order:
                    session.execute(
                        sa.update(IdempotencyKey)
                        .where(IdempotencyKey.key == key)
                        .values(digest="x")
                    )
                    if key == order[0]:
                        meeting.wait(5)
        except DatabaseGone:
            return "unavailable"
        return "done"

    with ThreadPoolExecutor(2) as pool:
        ours, theirs = (
            pool.submit(copy_context().run, lambda: take(keys)),
            pool.submit(copy_context().run, lambda: take(keys[::-1])),
        )
        assert sorted([ours.result(20), theirs.result(20)]) == ["done", "unavailable"]


def _at_once(work: Callable[[], int], times: int) -> list[int]:
    meeting = threading.Barrier(times)

    def one() -> int:
        meeting.wait(10)
        return work()

    with ThreadPoolExecutor(times) as pool:
        jobs = [pool.submit(copy_context().run, one) for _ in range(times)]
        return [job.result(20) for job in jobs]


def _pid() -> int:
    with reading() as session:
        return int(session.scalar(sa.text("SELECT pg_backend_pid() FROM pg_sleep(0.05)")) or 0)


def test_connections_that_died_in_the_pool_are_replaced_unnoticed(tenant: Tenant) -> None:
    before = set(_at_once(_pid, 6))
    assert len(before) == 6
    with provisioning.owner(_superuser()) as connection:
        for pid in before:
            connection.execute("SELECT pg_terminate_backend(%s, 1000)", (pid,))
    assert not set(_at_once(_pid, 6)) & before


def test_while_the_server_is_away_work_is_refused_and_afterwards_all_recover(
    house: houses.House, tenant: Tenant
) -> None:
    assert all(_at_once(_pid, 6))
    with provisioning.standing_owner() as connection:
        connection.execute("SELECT 1")
    house.postgres.stop()
    try:
        began = time.monotonic()
        for _ in range(3):
            with pytest.raises(DatabaseGone), reading():
                pass
            with pytest.raises(DatabaseGone), transaction():
                pass
        assert hosts.by_slug(tenant.slug) == tenant  # the map in memory goes on serving
        assert time.monotonic() - began < 3
    finally:
        house.postgres.start()
    assert all(_at_once(_pid, 8))
    with transaction() as session:
        audit.record(session, "tests.made", None, actor=None)
    with provisioning.standing_owner() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_when_every_connection_is_taken_the_next_is_refused_in_time(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = sa.create_engine(engine().url, **{**engine_options(1), "pool_timeout": 0.2})
    monkeypatch.setattr(db, "_engine", small)
    with reading(), ThreadPoolExecutor(1) as pool, pytest.raises(DatabaseGone, match="no free"):
        pool.submit(Context().run, _read_as, tenant).result(5)
    small.dispose()


def _read_as(tenant: Tenant) -> None:
    with serving(tenant), reading():
        pass


def test_what_a_connection_was_told_last_is_gone_with_the_transaction(tenant: Tenant) -> None:
    with reading():
        pass
    with engine().connect() as connection:
        row = connection.execute(
            sa.text(
                "SELECT current_user, current_setting('search_path'),"
                " current_setting('transaction_read_only'), current_setting('statement_timeout')"
            )
        ).one()
    assert tuple(row) == ("cilis_app", '"$user", public', "off", "0")


def test_a_constraint_is_known_by_its_name(tenant: Tenant) -> None:
    row = {"key": "a", "owner": "", "operation": "", "digest": "", "created_at": clock.now()}
    with pytest.raises(IntegrityError) as refused, transaction() as session:
        for _ in range(2):
            session.execute(sa.insert(IdempotencyKey).values(row))
    assert violates(refused.value, "idempotency_keys_pkey")
    assert not violates(refused.value, "idempotency_keys")


@pytest.mark.parametrize(
    ("schema", "role"),
    [
        ("public", "t_12345678"), ("t_12345678", "postgres"), ("t_1234567g", "t_12345678"),
        ("t_12345678; DROP TABLE x", "t_12345678"), ("t_12345678\n", "t_12345678"),
        ("t_12345678", "t_12345678\n"), ("", ""), ("t_123456789", "t_12345678"),
        ("T_12345678", "t_12345678"),
    ],
)  # fmt: skip
def test_a_tenants_names_are_never_free_text(schema: str, role: str) -> None:
    with pytest.raises(ValueError, match="not a tenant's names"):
        Tenant("x", "x", schema, role)


def _superuser() -> str:
    return re.sub(r"//[^:]+:", "//postgres:", settings().database_owner_url)
