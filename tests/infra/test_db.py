from __future__ import annotations

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

from cilis.infra import audit
from cilis.infra.db import NestedTransaction, engine, reading, transaction
from cilis.infra.tenancy import NoTenant, Tenant, serving
from cilis.infra.tenant_models import AuditEntry


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
