"""Which tenant this code serves: one context variable, set around every piece of work."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

_SCHEMA = re.compile(r"t_[0-9a-f]{8}|shared|node")
_ROLE = re.compile(r"t_[0-9a-f]{8}|cilis_platform|cilis_relay")


class NoTenant(RuntimeError):
    """Work began without saying for which tenant."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """Where an organization's rows live and how it is reached. Holds no brand and no settings.

    ``schema`` and ``role`` are opaque and never renamed; ``token`` is an unguessable part of
    addresses that foreign servers call.
    """

    id: str
    slug: str
    schema: str
    role: str
    status: str = "active"
    host: str = ""
    hosts: tuple[str, ...] = ()
    version: int = 0

    def __post_init__(self) -> None:
        if not _SCHEMA.fullmatch(self.schema) or not _ROLE.fullmatch(self.role):
            raise ValueError(f"not a tenant's names: {self.schema!r} {self.role!r}")

    @property
    def is_platform(self) -> bool:
        """Whether this is the operator's own side."""
        return self.schema == "shared"


PLATFORM = Tenant("platform", "console", "shared", "cilis_platform")
RELAY = Tenant("relay", "relay", "node", "cilis_relay")

_current: ContextVar[Tenant | None] = ContextVar("tenant", default=None)


def current_tenant() -> Tenant:
    """The tenant this code serves; raises NoTenant."""
    tenant = _current.get()
    if tenant is None:
        raise NoTenant("no tenant is being served here; wrap the work in serving(tenant)")
    return tenant


def is_serving() -> bool:
    """Whether a tenant is set."""
    return _current.get() is not None


@contextmanager
def serving(tenant: Tenant) -> Iterator[Tenant]:
    """Serve a tenant inside the block; what was set before comes back afterwards."""
    token = _current.set(tenant)
    try:
        yield tenant
    finally:
        _current.reset(token)
