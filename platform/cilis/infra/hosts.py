"""Which host leads to which tenant: the whole map in memory, read again when it changed."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from cilis.infra.db import reading
from cilis.infra.routing_models import HostRow, RoutingVersion, TenantRow
from cilis.infra.tenancy import PLATFORM, RELAY, Tenant, serving
from cilis.kit.errors import NotFound, Unavailable

_EVERY = 2.0


@dataclass
class _Map:
    version: int = -1
    by_host: Mapping[str, Tenant] = field(default_factory=dict)
    by_id: Mapping[str, Tenant] = field(default_factory=dict)
    by_slug: Mapping[str, Tenant] = field(default_factory=dict)
    looked_at: float = 0.0


_map = _Map()
_lock = threading.Lock()


def by_host(host: str) -> Tenant | None:
    """The tenant of a host name (lower case, without port); None when no tenant has it."""
    return _fresh().by_host.get(host)


def by_slug(slug: str) -> Tenant:
    """A tenant by its short name; raises NotFound."""
    return _found(_fresh().by_slug.get(slug), slug)


def by_id(tenant_id: str) -> Tenant:
    """A tenant by its opaque id; raises NotFound."""
    return _found(_fresh().by_id.get(tenant_id), tenant_id)


def by_role(role: str) -> Tenant:
    """The tenant of a role's name, as the outbox keeps it; raises NotFound."""
    if role == PLATFORM.role:
        return PLATFORM
    return by_id(role.removeprefix("t_"))


def everyone() -> list[Tenant]:
    """All tenants, by short name."""
    return [tenant for _, tenant in sorted(_fresh().by_slug.items())]


def refresh() -> None:
    """Read the map again now if it changed."""
    with _lock:
        _map.looked_at = 0.0
    _fresh()


def _found(tenant: Tenant | None, name: str) -> Tenant:
    if tenant is None:
        raise NotFound(f"no tenant {name}")
    return tenant


def _fresh() -> _Map:
    if time.monotonic() - _map.looked_at < _EVERY:
        return _map
    if not _lock.acquire(blocking=_map.version < 0):
        return _map  # somebody else is reading; the old map serves meanwhile
    try:
        if time.monotonic() - _map.looked_at >= _EVERY:
            _read()
    except Unavailable:
        if _map.version < 0:
            raise
        _map.looked_at = time.monotonic()  # the old map serves until the database is back
    finally:
        _lock.release()
    return _map


def _read() -> None:
    with serving(RELAY), reading() as session:
        version = session.scalar(sa.select(RoutingVersion.version)) or 0
        if version != _map.version:
            tenants = session.scalars(sa.select(TenantRow)).all()
            rows = session.scalars(sa.select(HostRow).order_by(HostRow.permanent.desc())).all()
            _fill(version, list(tenants), list(rows))
    _map.looked_at = time.monotonic()


def _fill(version: int, tenants: list[TenantRow], rows: list[HostRow]) -> None:
    hosts: dict[str, list[str]] = {}
    for row in rows:
        hosts.setdefault(row.tenant_id, []).append(row.host)
    found = [
        Tenant(
            row.id,
            row.slug,
            f"t_{row.id}",
            f"t_{row.id}",
            row.status,
            (hosts.get(row.id) or [""])[0],
            tuple(hosts.get(row.id, [])),
            row.version,
        )
        for row in tenants
    ]
    _map.by_host = {host: tenant for tenant in found for host in tenant.hosts}
    _map.by_id = {tenant.id: tenant for tenant in found}
    _map.by_slug = {tenant.slug: tenant for tenant in found}
    _map.version = version
