"""The race on a house of its own, and its negative control."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cilis.infra import provisioning
from cilis.infra.tenancy import Tenant
from cilis.testing.house import House
from cilis.testing.race.course import Race
from cilis.testing.race.figures import Figures
from cilis.testing.race.repeats import repeat
from cilis.testing.running import Running


@contextmanager
def without_the_constraint(tenant: Tenant) -> Iterator[None]:
    """The negative control: PostgreSQL no longer refuses what overlaps."""
    table = f"{tenant.schema}.claims"
    with provisioning.owner() as connection:
        found = connection.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conname = 'claims_no_overlap' AND conrelid = %s::regclass", (table,),
        ).fetchone()  # fmt: skip
        assert found is not None
        provisioning.run(connection, f"ALTER TABLE {table} DROP CONSTRAINT claims_no_overlap")
    try:
        yield
    finally:
        with provisioning.owner() as connection:
            provisioning.run(connection, f"DELETE FROM {table}")
            provisioning.run(
                connection,
                f"SET search_path TO {tenant.schema}, ext; "
                f"ALTER TABLE {table} ADD CONSTRAINT claims_no_overlap {found[0]}",
            )


def hold_race(
    house: House, tenant: Tenant, *, tries: int, slots: int, repeats: int, at_once: int
) -> Figures:
    """A race through a server of its own on a house that is up."""
    running = Running(house)
    try:
        running.start("web", trusted_proxies="1", holds_per_address="1000000/hour")
        race = Race(tenant, running.ports["web"], slots)
        figures = race.run(tries, at_once)
        if repeats:
            repeat(race.crowd, figures, repeats, at_once)
        return figures
    finally:
        running.stop()
