"""`cilis analytics`: look after the figures of one or all organizations."""

from __future__ import annotations

import click
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from cilis.domains.analytics import service
from cilis.infra import hosts
from cilis.infra.tenancy import serving


class _Bars(Progress):
    """One line for each kind of facts."""

    def __init__(self, slug: str) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,}"))
        super().__init__(*columns, TimeElapsedColumn(), transient=True)
        self._slug = slug
        self._kinds: dict[str, TaskID] = {}

    def told(self, kind: str, done: int) -> None:
        """So many of a kind are read."""
        if kind not in self._kinds:
            self._kinds[kind] = self.add_task(f"{self._slug}: {kind}", total=None)
        self.update(self._kinds[kind], completed=done)


@click.group("analytics")
def group() -> None:
    """Look after the figures."""


@group.command("rebuild")
@click.argument("slug", required=False)
@click.option("--batch", default=500, show_default=True, type=click.IntRange(1, 5000))
def rebuild(slug: str | None, batch: int) -> None:
    """Read all facts of one organization (or of all) again, as after a bulk seed.

    A run that was stopped goes on where it was; running it twice changes nothing.
    """
    for tenant in [hosts.by_slug(slug)] if slug else hosts.everyone():
        with serving(tenant), _Bars(tenant.slug) as bars:
            counts = service.rebuild(batch=batch, told=bars.told)
        words = ", ".join(f"{count:,} {kind}" for kind, count in counts.items())
        click.echo(f"{tenant.slug}: {words}")
