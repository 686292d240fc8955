"""`cilis ledger`: prove that what stands on accounts is what was posted."""

from __future__ import annotations

import click

from cilis.domains.ledger import queries, service
from cilis.infra import hosts
from cilis.infra.db import patience, reading
from cilis.infra.i18n import format_money
from cilis.infra.tenancy import serving

_PATIENCE_MS = 600_000


@click.group("ledger")
def group() -> None:
    """Look after the ledger."""


@group.command("verify")
@click.argument("slug", required=False)
def verify(slug: str | None) -> None:
    """Count every account of one organization (or of all) anew; ends with 1 on a difference."""
    wrong = 0
    for tenant in [hosts.by_slug(slug)] if slug else hosts.everyone():
        with serving(tenant), patience(_PATIENCE_MS), reading() as session:
            findings = queries.recount(session)
            number = sum(1 for _ in queries.balances(session))
        for one in findings:
            name = f"{one.account.kind} {one.account.owner}".rstrip()
            said, counted = format_money(one.said), format_money(one.counted)
            click.echo(f"{tenant.slug}: {name} says {said}, its movements add up to {counted}")
        click.echo(f"{tenant.slug}: {number} accounts, {len(findings)} differences")
        wrong += len(findings)
    if wrong:
        raise SystemExit(1)


@group.command("snapshot")
@click.argument("slug", required=False)
def snapshot(slug: str | None) -> None:
    """Write balances down now, as after a large import."""
    for tenant in [hosts.by_slug(slug)] if slug else hosts.everyone():
        with serving(tenant), patience(_PATIENCE_MS):
            click.echo(f"{tenant.slug}: {service.take_snapshot()} accounts")
