"""New organizations: from the pool or made new, many at once, none half made."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context

import psycopg
import pytest
import sqlalchemy as sa

from cilis.config import settings
from cilis.infra import audit, hosts, provisioning
from cilis.infra.db import reading, transaction
from cilis.infra.provisioning import SlugTaken, UnknownTenant
from cilis.infra.schema_script import tenant_revision
from cilis.infra.tenancy import Tenant, serving
from cilis.infra.tenant_models import AuditEntry
from cilis.testing import house as houses


@pytest.fixture
def empty_pool(house: houses.House, process: object) -> Iterator[None]:
    """No ready schema; whatever a test makes is gone afterwards."""
    del process
    kept = {tenant.id for tenant in house.tenants}
    with provisioning.owner() as connection:
        for (ready,) in connection.execute("DELETE FROM node.pool RETURNING id").fetchall():
            connection.execute("DELETE FROM node.revisions WHERE id = %s", (ready,))
            provisioning.run(connection, f"DROP SCHEMA t_{ready} CASCADE; DROP ROLE t_{ready}")
        kept |= {row[0] for row in connection.execute("SELECT id FROM node.revisions")}
        routed = "SELECT 't_' || id FROM shared.tenants"
        left = connection.execute(
            "SELECT nspname FROM pg_namespace WHERE nspname ~ '^t_[0-9a-f]{8}$'"
            f" AND nspname NOT IN ({routed})"
        ).fetchall()
        for (name,) in left:  # an earlier test's, whatever became of it
            provisioning.run(connection, f"DROP SCHEMA {name} CASCADE")
    yield
    with provisioning.owner() as connection:
        made = [
            row[0]
            for row in connection.execute("SELECT id FROM node.revisions")
            if row[0] not in kept
        ]
        for tenant_id in made:
            connection.execute("DELETE FROM shared.hosts WHERE tenant_id = %s", (tenant_id,))
            connection.execute("DELETE FROM shared.tenants WHERE id = %s", (tenant_id,))
            connection.execute("DELETE FROM node.pool WHERE id = %s", (tenant_id,))
            connection.execute("DELETE FROM node.revisions WHERE id = %s", (tenant_id,))
            provisioning.run(
                connection, f"DROP SCHEMA t_{tenant_id} CASCADE; DROP ROLE t_{tenant_id}"
            )
        connection.execute("UPDATE shared.routing_version SET version = version + 1")
    hosts.refresh()


pytestmark = pytest.mark.usefixtures("empty_pool")


def _rows(statement: str) -> list[tuple[object, ...]]:
    with provisioning.owner() as connection:
        return connection.execute(statement.encode()).fetchall()


def _schemas() -> set[object]:
    found = _rows("SELECT nspname FROM pg_namespace WHERE nspname ~ '^t_[0-9a-f]{8}$'")
    return {row[0] for row in found}


def _known() -> set[object]:
    found = _rows(
        "SELECT 't_' || id FROM shared.tenants UNION ALL SELECT 't_' || id FROM node.pool"
    )
    assert len(found) == len(set(found))  # no schema is given twice
    return {row[0] for row in found}


def test_a_ready_schema_is_claimed_without_making_anything() -> None:
    assert provisioning.fill_pool(1) == 1
    ready = _rows("SELECT 't_' || id FROM node.pool")[0][0]
    before = _schemas()
    made = provisioning.claim("moi", ["moi.localhost", "moi.example"])
    assert made.schema == made.role == ready
    assert _schemas() == before
    assert _rows("SELECT count(*) FROM node.pool") == [(0,)]
    hosts.refresh()
    found = hosts.by_slug("moi")
    assert (found.id, found.host, found.hosts) == (
        made.id, "moi.localhost", ("moi.localhost", "moi.example"),
    )  # fmt: skip
    assert hosts.by_host("moi.example") == hosts.by_id(made.id) == hosts.by_role(made.role) == found


def test_with_an_empty_pool_one_is_made_and_works() -> None:
    made = provisioning.claim("moi", ["moi.localhost"])
    assert _schemas() == _known()
    with serving(made), transaction() as session:
        audit.record(session, "tests.made", None, actor=None)
    with serving(made), reading() as session:
        assert session.scalars(sa.select(AuditEntry.action)).all() == ["tests.made"]


def test_a_ready_schema_of_an_old_revision_is_left_alone() -> None:
    provisioning.fill_pool(1)
    with provisioning.owner() as connection:
        connection.execute("UPDATE node.pool SET revision = 'old'")
    old = _rows("SELECT 't_' || id FROM node.pool")[0][0]
    assert provisioning.claim("moi", ["moi.localhost"]).schema != old
    assert _rows("SELECT revision FROM node.pool") == [("old",)]


def test_the_pool_is_only_filled_up() -> None:
    told: list[int] = []
    assert provisioning.fill_pool(2, told=told.append) == 2
    assert provisioning.fill_pool(2) == 0
    assert told == [1, 2]
    assert {row[0] for row in _rows("SELECT revision FROM node.pool")} == {tenant_revision()}


@pytest.mark.parametrize("ready", [0, 2])
def test_a_taken_name_or_host_is_refused_and_leaves_nothing_half_made(
    ready: int, house: houses.House
) -> None:
    provisioning.fill_pool(ready)
    taken = house.tenants[0]
    for slug, given in ((taken.slug, ["frei.localhost"]), ("frei", [taken.host]),
                        ("frei", ["frei.localhost", taken.host]), ("frei", ["a.b", "a.b"])):  # fmt: skip
        with pytest.raises(SlugTaken) as refused:
            provisioning.claim(slug, given)
        assert refused.value.values == {"slug": slug}
    assert _schemas() == _known()
    assert _rows("SELECT 1 FROM shared.tenants WHERE slug = 'frei'") == []
    assert _rows("SELECT 1 FROM shared.hosts WHERE host IN ('frei.localhost', 'a.b')") == []
    hosts.refresh()
    assert hosts.by_slug(taken.slug).id == taken.id


def test_eight_claims_at_once_get_eight_schemas(monkeypatch: pytest.MonkeyPatch) -> None:
    """As eight processes do: each with a connection of its own, three schemas ready."""
    monkeypatch.setattr(provisioning, "standing_owner", provisioning.owner)
    provisioning.fill_pool(3)
    meeting = threading.Barrier(8)

    def one(place: int) -> Tenant:
        meeting.wait(10)
        return provisioning.claim(f"neu{place}", [f"neu{place}.localhost"])

    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(Context().run, one, place) for place in range(8)]
        made = [job.result(30) for job in jobs]
    assert len({tenant.schema for tenant in made}) == 8
    assert {tenant.schema for tenant in made} <= _known()
    assert _schemas() == _known()


def test_of_many_who_want_one_name_one_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provisioning, "standing_owner", provisioning.owner)
    provisioning.fill_pool(2)
    meeting = threading.Barrier(6)

    def one() -> bool:
        meeting.wait(10)
        try:
            provisioning.claim("begehrt", ["begehrt.localhost"])
        except SlugTaken:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        jobs = [pool.submit(Context().run, one) for _ in range(6)]
        assert [job.result(30) for job in jobs].count(True) == 1
    assert _schemas() == _known()


def test_a_role_of_a_tenant_may_do_nothing_outside_its_schema(tenant: Tenant) -> None:
    made = provisioning.claim("moi", ["moi.localhost"])
    forbidden = [
        f"SELECT * FROM {tenant.schema}.audit_entries", "SELECT * FROM shared.tenants",
        "SELECT * FROM node.outbox", "DELETE FROM node.outbox", "SELECT * FROM node.receipts",
        "SELECT * FROM node.revisions", "CREATE TABLE x (n int)", "CREATE SCHEMA x",
        "CREATE TABLE public.x (n int)", "UPDATE audit_entries SET action = ''",
        "DELETE FROM audit_entries", "ALTER TABLE audit_entries ADD x int", "DROP TABLE audit_entries",
        "TRUNCATE audit_entries", f"CREATE ROLE t_{made.id}x", "COPY audit_entries TO '/tmp/x'",
        "SELECT pg_read_file('/etc/passwd')", "UPDATE node.clock_shift SET seconds = 1",
    ]  # fmt: skip
    for statement in forbidden:
        with (
            serving(made),
            pytest.raises(sa.exc.ProgrammingError) as refused,
            transaction() as session,
        ):
            session.execute(sa.text(statement))
        assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege), statement


def test_hosts_are_added_and_status_changed_and_every_process_hears_of_it(
    house: houses.House, tenant: Tenant
) -> None:
    hosts.refresh()
    provisioning.add_host(tenant.slug, "dom.example")
    assert hosts.by_host("dom.example") is None  # not looked yet
    hosts.refresh()
    found = hosts.by_host("dom.example")
    assert found is not None
    assert (found.id, found.host) == (tenant.id, tenant.host)  # the permanent one stays first
    with pytest.raises(SlugTaken):
        provisioning.add_host(house.tenants[1].slug, "dom.example")
    provisioning.set_status(tenant.slug, "suspended")
    hosts.refresh()
    assert hosts.by_slug(tenant.slug).status == "suspended"
    provisioning.set_status(tenant.slug, "active")
    before = hosts.by_slug(tenant.slug).version
    provisioning.bump_version(tenant)
    hosts.refresh()
    assert hosts.by_slug(tenant.slug).version > before
    with provisioning.owner() as connection:
        connection.execute("DELETE FROM shared.hosts WHERE host = 'dom.example'")
        connection.execute("UPDATE shared.routing_version SET version = version + 1")


def test_an_unknown_organization_is_told() -> None:
    with pytest.raises(UnknownTenant):
        provisioning.set_status("niemand", "active")
    with pytest.raises(UnknownTenant):
        provisioning.add_host("niemand", "x.example")


def test_the_node_may_be_made_any_number_of_times(tenant: Tenant) -> None:
    with provisioning.owner() as connection:
        provisioning.bootstrap(connection)
        provisioning.grant_node(connection)
    with transaction() as session:
        audit.record(session, "tests.made", None, actor=None)


def test_without_the_owners_address_nothing_is_provisioned(monkeypatch: pytest.MonkeyPatch) -> None:
    poor = settings().model_copy(update={"database_owner_url": ""})
    monkeypatch.setattr(provisioning, "settings", lambda: poor)
    with pytest.raises(provisioning.NoOwnerAddress, match="CILIS_DATABASE_OWNER_URL"):
        provisioning.fill_pool(1)
