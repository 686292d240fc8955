"""``cilis search``: look after the search of one or all organizations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import click

from cilis.domains.search import service
from cilis.infra import hosts, search
from cilis.infra.tenancy import Tenant, serving

_NAMED = 20  # differences that are named, of one organization


@click.group("search")
def group() -> None:
    """Look after the search."""


def _moving(bar: Any) -> Callable[[int], None]:
    return lambda count: bar.update(count - bar.pos)


@group.command("rebuild")
@click.argument("slug", required=False)
@click.option("--batch", default=100, show_default=True, type=click.IntRange(1, 1000))
@click.option("--from-copy", is_flag=True, help="Only fill Elasticsearch from what is known.")
def rebuild(slug: str | None, batch: int, *, from_copy: bool) -> None:
    """Read every expert of one organization (or of all) into the search again.

    Questions are answered all the while. With Elasticsearch a new index is filled beside the one
    that answers and takes its place at the end; stopped and started again, it goes on. With
    --from-copy experts are not read again: the way to begin with Elasticsearch, or to move it.
    """
    with _plainly(), _bars() as told:
        if slug:
            tenant = hosts.by_slug(slug)
            with serving(tenant):
                done = {slug: service.rebuild(batch=batch, told=told(tenant), from_copy=from_copy)}
                if not service.is_built(tenant):
                    click.echo("no index yet: run `cilis search rebuild` for all organizations")
        else:
            done = service.rebuild_all(
                hosts.everyone(), batch=batch, told=told, from_copy=from_copy
            )
    for name, number in done.items():
        click.echo(f"{name}: {number} experts")


@group.command("verify")
@click.argument("slug", required=False)
@click.option("--mend", is_flag=True, help="Write again what differs.")
def verify(slug: str | None, mend: bool) -> None:
    """Compare what is searched with what is true; ends with 1 and names what differs."""
    clean = True
    for tenant in [hosts.by_slug(slug)] if slug else hosts.everyone():
        with serving(tenant), _plainly():
            found = service.verify()
            if mend and not found.is_clean:
                _tell(tenant, found)
                service.put_right(found)
                found = service.verify()
        _tell(tenant, found)
        clean &= found.is_clean
    raise SystemExit(0 if clean else 1)


def _tell(tenant: Tenant, found: service.Verdict) -> None:
    state = "clean" if found.is_clean else "differs"
    click.echo(f"{tenant.slug}: {found.experts} experts, checksum {found.checksum}: {state}")
    lines = [f"{one}: the copy is older than the expert" for one in found.stale]
    lines += [f"{one}: in the copy, but no expert" for one in found.strangers]
    lines += [
        f"{one}: copy {ours if ours is not None else 'nothing'}, "
        f"index {theirs if theirs is not None else 'nothing'}"
        for one, ours, theirs in found.differing
    ]
    for line in lines[:_NAMED]:
        click.echo(f"  {line}")
    if len(lines) > _NAMED:
        click.echo(f"  and {len(lines) - _NAMED} more")


@contextmanager
def _plainly() -> Iterator[None]:
    """A search engine that is away is told in one line."""
    try:
        yield
    except search.NotBuilt as problem:
        raise click.ClickException(f"no index: run `cilis search rebuild` ({problem})") from None
    except search.SearchAway as problem:
        raise click.ClickException(f"Elasticsearch: {problem}") from None


@contextmanager
def _bars() -> Iterator[Callable[[Tenant], Callable[[int], None]]]:
    """A progress bar for each organization in turn."""
    with ExitStack() as stack:

        def begin(tenant: Tenant) -> Callable[[int], None]:
            stack.close()  # the one before is done
            return _moving(stack.enter_context(click.progressbar(length=0, label=tenant.slug)))

        yield begin
