"""What the demo puts on an empty installation, and keeps on one that has it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from cilis.cli import fill
from cilis.config import settings
from cilis.infra import hosts, migrate, provisioning
from cilis.kit.errors import DomainError, NotFound

if TYPE_CHECKING:
    from cilis.cli.up import Ports


def make_ready() -> None:
    """Bring the database to the current schema and keep a few ready schemas."""
    migrate.everything()
    provisioning.fill_pool(2)


def organizations(
    packs: Path, ports: Ports, out: Console, *, empty: bool
) -> list[tuple[str, str, str, str]]:
    """Every pack as an organization, filled; returns (slug, role, e-mail, password) to try."""
    logins: list[tuple[str, str, str, str]] = []
    for pack in sorted(path.parent for path in packs.glob("*/tenant.toml")):
        try:
            tenant = hosts.by_slug(pack.name)
        except NotFound:
            host = f"{pack.name}.{settings().base_domain}"
            tenant = provisioning.claim(pack.name, [host])
            hosts.refresh()
        logins += fill.demo(tenant, pack, ports, out, empty=empty)
    return logins


def connect_calendars(packs: Path, ports: Ports, out: Console) -> None:
    """Connect what the packs' experts have in calendars elsewhere; the stand-ins must be up."""
    for pack in sorted(path.parent for path in packs.glob("*/tenant.toml")):
        try:
            fill.connect_calendars(hosts.by_slug(pack.name), pack, ports)
        except DomainError as problem:
            out.print(f"[yellow]![/] {pack.name}: no calendar elsewhere ({problem})")
