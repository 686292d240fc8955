"""Bring an organization into being, stop it, give it hosts."""

from __future__ import annotations

from cilis.config import settings
from cilis.infra import hosts, provisioning
from cilis.infra.tenancy import Tenant


def permanent_host(slug: str) -> str:
    """The sub-domain that a tenant keeps for ever."""
    return f"{slug}.{settings().base_domain}"


def provision(slug: str, host: str = "") -> Tenant:
    """Give an organization a schema, a role and its permanent host; a ready schema is claimed.

    Raises:
        SlugTaken: another organization has this short name or host.
    """
    first = permanent_host(slug)
    host = _plain(host)
    wanted = [first] if host in {"", first} else [first, host]
    tenant = provisioning.claim(slug, wanted)
    hosts.refresh()
    return tenant


def suspend(slug: str) -> None:
    """Stop serving an organization: its hosts answer 503 within two seconds."""
    provisioning.set_status(slug, "suspended")
    hosts.refresh()


def resume(slug: str) -> None:
    """Serve a suspended organization again."""
    provisioning.set_status(slug, "active")
    hosts.refresh()


def add_host(slug: str, host: str) -> None:
    """Let one more host name lead to the organization."""
    provisioning.add_host(slug, _plain(host))
    hosts.refresh()


def _plain(host: str) -> str:
    """A host name as requests are looked up by."""
    return host.strip().lower().rstrip(".")
