"""Makes what tenants live in: the node, schemas, roles, the pool of ready ones, routing rows.

Everything here runs as ``cilis_owner`` and belongs to administration, never to a request.
"""

from __future__ import annotations

import atexit
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from cilis.config import settings
from cilis.infra.schema_script import grants, tenant_revision, tenant_script
from cilis.infra.tenancy import Tenant
from cilis.kit import clock
from cilis.kit.errors import DomainError

LOCK_WAIT = "4s"
"""How long administration waits for a lock before it gives way to those at work."""


class SlugTaken(DomainError):
    """Another organization already uses this short name or host."""

    code = "slug_taken"


class UnknownTenant(DomainError):
    """No organization has this short name."""

    code = "tenant_not_found"


class NoOwnerAddress(RuntimeError):
    """CILIS_DATABASE_OWNER_URL is not set in this process."""


@contextmanager
def owner(url: str = "") -> Iterator[psycopg.Connection[Any]]:
    """A connection as the owner, autocommit; a new one each time, because DDL fills its memory."""
    address = url or settings().database_owner_url
    if not address:
        raise NoOwnerAddress("set CILIS_DATABASE_OWNER_URL to provision or migrate")
    with psycopg.connect(address, autocommit=True, prepare_threshold=None) as connection:
        connection.execute("SELECT set_config('lock_timeout', %s, false)", (LOCK_WAIT,))
        yield connection


_standing: list[psycopg.Connection[Any]] = []
_standing_lock = threading.Lock()


@contextmanager
def standing_owner() -> Iterator[psycopg.Connection[Any]]:
    """The owner's one lasting connection of this process, for rows only, never for DDL."""
    with _standing_lock:
        if _standing and not _is_alive(_standing[0]):
            _standing.pop().close()
        if not _standing:
            connection = psycopg.connect(
                settings().database_owner_url, autocommit=True, prepare_threshold=None
            )
            _standing.append(connection)
        yield _standing[0]


def _is_alive(connection: psycopg.Connection[Any]) -> bool:
    """Whether the server still knows the connection; it may have been started anew meanwhile."""
    try:
        connection.execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


@atexit.register
def close_standing() -> None:
    """Give the lasting connection back."""
    while _standing:
        _standing.pop().close()


def run(connection: psycopg.Connection[Any], script: str) -> None:
    """Run several statements at once; the script is ours, never a user's."""
    connection.execute(script)


_BOOTSTRAP = """
CREATE SCHEMA IF NOT EXISTS ext; CREATE SCHEMA IF NOT EXISTS shared;
CREATE SCHEMA IF NOT EXISTS node;
CREATE EXTENSION IF NOT EXISTS btree_gist SCHEMA ext;
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA ext;
CREATE EXTENSION IF NOT EXISTS unaccent SCHEMA ext;
"""


def bootstrap(connection: psycopg.Connection[Any]) -> None:
    """Extensions, schemas and base roles; may be run any number of times on any node."""
    run(connection, _BOOTSTRAP)
    for role in ("cilis_tenant", "cilis_relay", "cilis_platform"):
        _ensure_role(connection, role)
        if role != "cilis_tenant":
            run(connection, f"GRANT {role} TO cilis_app")
    run(connection, "GRANT cilis_tenant TO cilis_platform")
    run(
        connection,
        "REVOKE ALL ON SCHEMA public FROM PUBLIC;"
        "GRANT USAGE ON SCHEMA ext, node TO cilis_tenant, cilis_relay;"
        "GRANT USAGE ON SCHEMA shared TO cilis_relay, cilis_platform",
    )


def grant_node(connection: psycopg.Connection[Any]) -> None:
    """Rights on ``shared`` and ``node``, after their tables exist; repeatable."""
    run(
        connection,
        """
        GRANT SELECT ON shared.tenants, shared.hosts, shared.routing_version TO cilis_relay;
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA shared TO cilis_platform;
        GRANT SELECT, INSERT, UPDATE, DELETE ON node.outbox, node.receipts TO cilis_relay;
        GRANT SELECT ON node.clock_shift, node.revisions, node.pool TO cilis_relay;
        GRANT INSERT ON node.outbox TO cilis_tenant;
        ALTER TABLE node.outbox ENABLE ROW LEVEL SECURITY;
        ALTER TABLE node.outbox FORCE ROW LEVEL SECURITY;
        DROP POLICY IF EXISTS own_rows ON node.outbox;
        CREATE POLICY own_rows ON node.outbox FOR INSERT TO cilis_tenant
            WITH CHECK (tenant = current_user);
        DROP POLICY IF EXISTS relay_all ON node.outbox;
        CREATE POLICY relay_all ON node.outbox TO cilis_relay USING (true) WITH CHECK (true);
        DROP POLICY IF EXISTS owner_all ON node.outbox;
        CREATE POLICY owner_all ON node.outbox TO cilis_owner USING (true) WITH CHECK (true);
        INSERT INTO shared.routing_version (id, version) VALUES (1, 1) ON CONFLICT DO NOTHING;
        INSERT INTO node.clock_shift (id, seconds) VALUES (1, 0) ON CONFLICT DO NOTHING;
        """,
    )


def prepare_schema(connection: psycopg.Connection[Any], script: str = "") -> str:
    """Make one empty tenant schema with its role; returns its id (8 hex digits)."""
    tenant_id = secrets.token_hex(4)
    name = f"t_{tenant_id}"
    _ensure_role(connection, name)
    run(connection, f"GRANT cilis_tenant TO {name}; GRANT {name} TO cilis_app")
    with connection.transaction():
        run(connection, f"CREATE SCHEMA {name}; SET LOCAL search_path TO {name}, ext")
        run(connection, script or tenant_script())
        run(connection, grants(name, name))
        connection.execute(
            "INSERT INTO node.revisions (id, revision, migrated_at, error) VALUES (%s, %s, %s, '')",
            (tenant_id, tenant_revision(), clock.now()),
        )
    return tenant_id


def fill_pool(want: int, *, told: Callable[[int], None] = lambda _: None) -> int:
    """Bring the pool to ``want`` ready schemas; returns how many were made."""
    made = 0
    with owner() as connection:
        row = connection.execute("SELECT count(*) FROM node.pool").fetchone()
    missing = want - (row[0] if row else 0)
    while made < missing:
        _add_to_pool()
        made += 1
        told(made)
    return made


def _add_to_pool() -> None:
    with owner() as connection:  # a fresh one: DDL on an old connection grows slow
        tenant_id = prepare_schema(connection)
        connection.execute(
            "INSERT INTO node.pool (id, revision, created_at) VALUES (%s, %s, %s)",
            (tenant_id, tenant_revision(), clock.now()),
        )


def claim(slug: str, hosts: Sequence[str]) -> Tenant:
    """Give an organization a schema: a ready one from the pool, or a new one if it is empty.

    The first host is the permanent one. Raises SlugTaken.
    """
    tenant_id = _claimed(slug, hosts)
    while tenant_id is None:  # whoever comes between takes one, and leaves one to make
        _add_to_pool()
        tenant_id = _claimed(slug, hosts)
    name = f"t_{tenant_id}"
    return Tenant(tenant_id, slug, name, name, "active", hosts[0], tuple(hosts))


def _claimed(slug: str, hosts: Sequence[str]) -> str | None:
    """Take a schema from the pool and route it, together; None when the pool is empty."""
    try:
        with standing_owner() as connection, connection.transaction():
            tenant_id = _from_pool(connection)
            if tenant_id is not None:
                _route(connection, tenant_id, slug, hosts)
            return tenant_id
    except psycopg.errors.UniqueViolation as problem:
        raise SlugTaken(slug, slug=slug) from problem


def set_status(slug: str, status: str) -> None:
    """Suspend or resume; every process hears of it within two seconds."""
    with owner() as connection, connection.transaction():
        changed = connection.execute(
            "UPDATE shared.tenants SET status = %s, version = version + 1 WHERE slug = %s",
            (status, slug),
        )
        if changed.rowcount == 0:
            raise UnknownTenant(slug, slug=slug)
        _touch(connection)


def bump_version(tenant: Tenant) -> None:
    """Say that what processes remember of the tenant has changed: its brand, its words."""
    with owner() as connection, connection.transaction():
        connection.execute(
            "UPDATE shared.tenants SET version = version + 1 WHERE id = %s", (tenant.id,)
        )
        _touch(connection)


def add_host(slug: str, host: str) -> None:
    """Let one more host lead to the organization."""
    with owner() as connection, connection.transaction():
        found = connection.execute(
            "SELECT id FROM shared.tenants WHERE slug = %s", (slug,)
        ).fetchone()
        if found is None:
            raise UnknownTenant(slug, slug=slug)
        try:
            connection.execute(
                "INSERT INTO shared.hosts (host, tenant_id, permanent) VALUES (%s, %s, false)",
                (host, found[0]),
            )
        except psycopg.errors.UniqueViolation as problem:
            raise SlugTaken(host, slug=host) from problem
        _touch(connection)


def _from_pool(connection: psycopg.Connection[Any]) -> str | None:
    row = connection.execute(
        "DELETE FROM node.pool WHERE id = (SELECT id FROM node.pool WHERE revision = %s"
        " ORDER BY created_at FOR UPDATE SKIP LOCKED LIMIT 1) RETURNING id",
        (tenant_revision(),),
    ).fetchone()
    return str(row[0]) if row else None


def _route(
    connection: psycopg.Connection[Any], tenant_id: str, slug: str, hosts: Sequence[str]
) -> None:
    connection.execute(
        "INSERT INTO shared.tenants (id, slug, status, node, version, created_at)"
        " VALUES (%s, %s, 'active', 'main', 1, %s)",
        (tenant_id, slug, clock.now()),
    )
    for place, host in enumerate(hosts):
        connection.execute(
            "INSERT INTO shared.hosts (host, tenant_id, permanent) VALUES (%s, %s, %s)",
            (host, tenant_id, place == 0),
        )
    _touch(connection)


def _touch(connection: psycopg.Connection[Any]) -> None:
    connection.execute("UPDATE shared.routing_version SET version = version + 1 WHERE id = 1")


def _ensure_role(connection: psycopg.Connection[Any], role: str) -> None:
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
    if known is None:
        connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
