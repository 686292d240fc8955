"""`cilis seed`: an organization as large as one wants, for load tests."""

from __future__ import annotations

import time

import click
from psycopg import sql
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cilis.app import prepare_process
from cilis.cli.bulk import bookings as bulk
from cilis.cli.bulk import people
from cilis.cli.bulk.tables import Copier
from cilis.domains import analytics, extensions, search, tenants
from cilis.infra import hosts, provisioning
from cilis.infra.db import reading
from cilis.infra.tenancy import Tenant, serving
from cilis.kit import clock, passwords

_PER_EXPERT = 1_000
_RATINGS = """
    UPDATE experts SET rating_sum = said.total, rating_count = said.times, version = version + 1
    FROM (SELECT expert_id, sum(stars) AS total, count(*) AS times FROM reviews GROUP BY expert_id)
         AS said
    WHERE said.expert_id = experts.id
"""


@click.command(name="seed")
@click.argument("slug")
@click.option("--bookings", default=10_000, show_default=True, help="How many bookings.")
@click.option("--clients", default=2_000, show_default=True, help="How many clients.")
@click.option("--experts", "experts_", default=0, help="How many experts; 0: enough.")
@click.option("--among-real", is_flag=True, help="Also where real people or bookings are.")
def command(slug: str, *, bookings: int, clients: int, experts_: int, among_real: bool) -> None:
    """Fill the organization SLUG with invented people and two years of bookings, by COPY.

    The same numbers give the same rows on the same day. Runs once for an organization, and only
    where there is nobody but its staff: what is invented cannot be taken out again.
    """
    prepare_process("worker")
    began = time.monotonic()
    tenant = hosts.by_slug(slug)
    wanted = experts_ or max(10, bookings // _PER_EXPERT)
    with serving(tenant):
        if people.is_seeded():
            raise click.ClickException(f"{slug} is seeded already; take another organization")
        real, booked = people.real_rows(tenant.schema)
        if (real or booked) and not among_real:
            raise click.ClickException(
                f"{slug} has {real} real people and {booked} real bookings, and what is invented"
                " cannot be taken out again. Nothing was written. Take an empty organization, or"
                " say --among-real if this one is only for trying out."
            )
        with _bar() as bar:
            try:
                rows = seed(tenant, bookings, clients, wanted, bar)
            except bulk.TooMany as problem:
                raise click.ClickException(str(problem)) from problem
    click.echo(
        f"{slug}: {clients} clients, {wanted} experts, {bookings} bookings;"
        f" {rows} rows copied in {time.monotonic() - began:.0f} s."
        f" Log in as {people.email('client', 0)} with {people.PASSWORD!r}."
        f" `cilis ledger backfill {slug}` writes the money into the ledger too."
    )


def seed(tenant: Tenant, bookings: int, clients: int, experts: int, bar: Progress) -> int:
    """Fill the tenant that is being served; returns how many rows were copied.

    Raises:
        TooMany: the experts' hours do not hold the bookings; nothing of them was written.
    """
    now = clock.now().replace(minute=0, second=0, microsecond=0)
    with reading() as session:
        house = tenants.organization(session)
        gateways = extensions.active(session, "payments")
    secret = passwords.hash_password(people.PASSWORD)
    if bookings > bulk.capacity() * experts:
        raise bulk.TooMany(f"{bookings} bookings need {bookings // bulk.capacity() + 1} experts")
    task = bar.add_task("experts", total=experts)
    made = people.add_experts(experts, house, secret, lambda done: bar.update(task, completed=done))
    provider = gateways[0].key if gateways else "imported"
    with provisioning.owner() as connection, connection.transaction():
        connection.execute(
            sql.SQL("SET LOCAL search_path TO {}, ext").format(sql.Identifier(tenant.schema))
        )
        connection.execute("SET LOCAL statement_timeout TO 0")
        copier = Copier(connection)
        task = bar.add_task("clients", total=None)
        ids = people.copy_clients(copier, clients, house, secret=secret, now=now)
        bar.update(task, total=clients, completed=clients)
        task = bar.add_task("bookings", total=bookings)
        scene = bulk.scene_of(house, provider, ids, now)
        bulk.copy_bookings(
            copier, scene, made, bookings, lambda done: bar.update(task, completed=done)
        )
        connection.execute(_RATINGS)
    _settle(tenant, experts, bar)
    return copier.rows


def _settle(tenant: Tenant, experts: int, bar: Progress) -> None:
    """Bring what is derived from the rows up to date: statistics of the database and copies."""
    with provisioning.owner() as connection:
        connection.execute(
            sql.SQL("SET search_path TO {}, ext").format(sql.Identifier(tenant.schema))
        )
        connection.execute("ANALYZE")
    task = bar.add_task("search", total=experts)
    search.rebuild(told=lambda done: bar.update(task, completed=done))
    task = bar.add_task("figures", total=None)
    facts = analytics.rebuild(told=lambda _, done: bar.update(task, completed=done))
    bar.update(task, total=sum(facts.values()), completed=sum(facts.values()))


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description:>9}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        transient=True,
    )  # fmt: skip
