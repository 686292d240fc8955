"""`cilis race`: many want few hours at once, on a server of its own; ends with 1 on a double."""

from __future__ import annotations

import importlib

import click


@click.command(name="race")
@click.option("--tries", default=5_000, show_default=True, help="How many tries.")
@click.option("--slots", default=100, show_default=True, help="How many hours.")
@click.option("--repeats", default=10_000, show_default=True, help="Repeats of one key; 0: none.")
@click.option("--at-once", default=16, show_default=True, help="Tries at the same time.")
@click.option("--without-constraint", is_flag=True, help="The negative control: it must fail.")
def command(tries: int, slots: int, repeats: int, at_once: int, without_constraint: bool) -> None:
    """Sell hours to far too many people at once, by every path, and count."""
    # The house for tests lies above the command; only this verb starts one.
    houses = importlib.import_module("cilis.testing.house")
    race = importlib.import_module("cilis.testing.race")
    application = importlib.import_module("cilis.app")
    house = houses.build(("race",))
    try:
        application.prepare_process("worker")
        houses.hosts.refresh()
        tenant = houses.hosts.by_slug("race")
        wanted = {"tries": tries, "slots": slots, "repeats": repeats, "at_once": at_once}
        if without_constraint:
            with race.without_the_constraint(tenant):
                figures = race.hold_race(house, tenant, **wanted)
        else:
            figures = race.hold_race(house, tenant, **wanted)
    finally:
        house.stop()
    click.echo(str(figures))
    if not figures.is_right:
        raise SystemExit(1)
