"""Absolute addresses of the current tenant: made from its record, never from the request."""

from __future__ import annotations

from urllib.parse import urlsplit

from cilis.config import settings
from cilis.infra.tenancy import current_tenant


def origin(host: str = "") -> str:
    """Scheme, host and port of the tenant's permanent sub-domain, or of another of its hosts."""
    return settings().public_origin_form.format(host=host or current_tenant().host)


def origins() -> frozenset[str]:
    """Every origin that is this tenant's."""
    return frozenset(origin(host) for host in current_tenant().hosts)


def absolute(path: str) -> str:
    """The full address of a path on the tenant's permanent host."""
    return f"{origin()}{path}"


def socket_origin(host: str) -> str:
    """Where a page on ``host`` reaches the socket process."""
    return settings().socket_origin_form.format(host=host)


def own_path(target: str | None, otherwise: str = "/") -> str:
    """A path of this very site to go on to, or the other one when it leads anywhere else."""
    if not target or len(target) > 500 or not target.startswith("/"):
        return otherwise
    if target.startswith("//") or "\\" in target or any(ord(char) < 33 for char in target):
        return otherwise
    parts = urlsplit(target)
    return otherwise if parts.scheme or parts.netloc else target
