"""`cilis ledger backfill`: what was paid before there was a ledger, or was copied past it."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import click

from cilis.domains import bookings, ledger, payments
from cilis.infra import hosts
from cilis.infra.db import patience
from cilis.infra.tenancy import serving

_PATIENCE_MS = 600_000
_Page = Callable[[UUID | None, int], tuple[UUID | None, int]]


@click.command(name="backfill")
@click.argument("slug", required=False)
@click.option("--batch", default=200, show_default=True, help="How many in one transaction.")
def command(slug: str | None, batch: int) -> None:
    """Write the postings that payments and bookings of SLUG (or of everybody) lack.

    What is there already is left alone: it may be stopped and repeated at any time, also while
    the organization is open. Balances are written down at the end.
    """
    for tenant in [hosts.by_slug(slug)] if slug else hosts.everyone():
        with serving(tenant), patience(_PATIENCE_MS):
            paid, earned = backfill(batch)
            if paid or earned:
                ledger.take_snapshot()
        click.echo(f"{tenant.slug}: {paid} postings of payments, {earned} of earnings")


def backfill(batch: int) -> tuple[int, int]:
    """The same for the served organization: payments first, since earnings ask what is kept."""
    return _all(payments.backfill_postings, batch), _all(bookings.backfill_earnings, batch)


def _all(page: _Page, batch: int) -> int:
    last, total = page(None, batch)
    while last is not None:
        last, written = page(last, batch)
        total += written
    return total
