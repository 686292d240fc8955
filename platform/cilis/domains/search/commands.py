"""``cilis search``: look after the search of one or all organizations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from cilis.domains.search import service
from cilis.infra import hosts
from cilis.infra.tenancy import serving


@click.group("search")
def group() -> None:
    """Look after the search."""


def _moving(bar: Any) -> Callable[[int], None]:
    return lambda count: bar.update(count - bar.pos)


@group.command("rebuild")
@click.argument("slug", required=False)
@click.option("--batch", default=100, show_default=True, type=click.IntRange(1, 1000))
def rebuild(slug: str | None, batch: int) -> None:
    """Read every expert of one organization (or of all) into the search again."""
    for tenant in [hosts.by_slug(slug)] if slug else hosts.everyone():
        with serving(tenant), click.progressbar(length=0, label=tenant.slug) as bar:
            done = service.rebuild(batch=batch, told=_moving(bar))
        click.echo(f"{tenant.slug}: {done} experts")
