"""``cilis tenant``: bring organizations into being and keep them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cilis.domains.tenants import service
from cilis.domains.tenants.errors import BadPack
from cilis.domains.tenants.types import Plan
from cilis.infra import hosts
from cilis.kit.errors import DomainError

_SIGNS = {"add": "[green]+[/]", "change": "[yellow]~[/]", "remove": "[red]-[/]"}
console = Console(highlight=False)


@click.group("tenant")
def group() -> None:
    """Organizations: apply a pack, list, suspend, resume, add a host."""


@group.command("apply")
@click.argument("path", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask.")
def apply(path: Path, *, yes: bool) -> None:
    """Make an organization say what the folder PATH says. The plan is shown first."""
    plan = _planned(path)
    if plan.is_empty:
        console.print(f"{plan.slug}: nothing to do")
        return
    _show(plan)
    if not yes and not click.confirm("Apply?"):
        raise SystemExit(1)
    done = service.apply_pack(path)
    console.print(f"{done.slug}: {len(done.changes)} changes applied")


@group.command("list")
def list_tenants() -> None:
    """All organizations with their state and hosts."""
    table = Table("organization", "state", "hosts", "schema")
    for tenant in hosts.everyone():
        table.add_row(tenant.slug, tenant.status, ", ".join(tenant.hosts), tenant.schema)
    console.print(table)


@group.command("add")
@click.argument("slug")
@click.option("--host", default="", help="A host beside the permanent sub-domain.")
def add(slug: str, host: str) -> None:
    """Give an organization without a pack a schema and a sub-domain."""
    try:
        tenant = service.provision(slug, host)
    except DomainError as refusal:
        raise click.ClickException(f"{refusal.code}: {refusal}") from refusal
    console.print(f"{tenant.slug}: {', '.join(tenant.hosts)}")


@group.command("suspend")
@click.argument("slug")
def suspend(slug: str) -> None:
    """Stop serving an organization; its data stays."""
    _act(lambda: service.suspend(slug), f"{slug}: suspended")


@group.command("resume")
@click.argument("slug")
def resume(slug: str) -> None:
    """Serve a suspended organization again."""
    _act(lambda: service.resume(slug), f"{slug}: served again")


@group.group("host")
def host_group() -> None:
    """Host names of organizations."""


@host_group.command("add")
@click.argument("slug")
@click.argument("host")
def add_host(slug: str, host: str) -> None:
    """Let HOST lead to the organization SLUG."""
    _act(lambda: service.add_host(slug, host), f"{slug}: {host} added")


def _act(what: Callable[[], None], said: str) -> None:
    try:
        what()
    except DomainError as refusal:
        raise click.ClickException(f"{refusal.code}: {refusal}") from refusal
    console.print(said)


def _planned(path: Path) -> Plan:
    try:
        return service.apply_pack(path, dry_run=True)
    except BadPack as refusal:
        lines = "\n".join(str(fault) for fault in refusal.faults)
        raise click.ClickException(f"{path} cannot be applied:\n{lines}") from refusal


def _show(plan: Plan) -> None:
    for change in plan.changes:
        detail = f"  [dim]{escape(change.detail)}[/]" if change.detail else ""
        console.print(f"  {_SIGNS[change.act]} {change.part}: {escape(change.what)}{detail}")
