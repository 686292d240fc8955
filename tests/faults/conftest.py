"""The gateways and the organization of the proofs about faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from tests.faults.town import Gateways, Town, open_gateways, settle_down

from cilis.infra import outbox, provisioning
from cilis.infra.db import Base
from cilis.infra.tenancy import Tenant, serving
from cilis.kit import clock
from cilis.testing import house as houses


@pytest.fixture(scope="session")
def _gateways() -> Iterator[Gateways]:
    with open_gateways() as found:
        yield found


@pytest.fixture
def gateways(_gateways: Gateways, tenant: Tenant, other_tenant: Tenant) -> Iterator[Gateways]:
    """Both gateways, switched on in two organizations with the very same accounts."""
    _gateways.state.clear()
    _gateways.switch_on()
    with serving(other_tenant):
        _gateways.switch_on()
    yield _gateways
    _gateways.state.clear()


@pytest.fixture
def town(gateways: Gateways) -> Town:
    """The organization, with people and services."""
    del gateways
    return settle_down()


ROOMS = tuple(
    f"cilis.domains.{room}." for room in ("bookings", "payments", "scheduling", "credits")
)


@pytest.fixture
def money_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the rooms that move hours and money listen; what others copy of it is proven there."""
    heard = {
        name: [one for one in found if one.function.__module__.startswith(ROOMS)]
        for name, found in outbox._listeners.items()
    }
    monkeypatch.setattr(outbox, "_listeners", heard)


@pytest.fixture
def clean(
    town: Town, gateways: Gateways, tenant: Tenant, other_tenant: Tenant
) -> Callable[[], None]:
    """Forget everything that happened; people, services and settings stay."""
    del town
    kept = _filled(tenant, other_tenant)
    tables = [
        f"{one.schema}.{table.name}"
        for one in (tenant, other_tenant)
        for table in reversed(Base.metadata.sorted_tables)
        if f"{one.schema}.{table.name}" not in kept or table.name == "audit_entries"
    ]

    def forget() -> None:
        clock.set_distance(clock.distance() * 0)
        gateways.state.clear()
        gateways.state.contents.sendings.clear()
        asked = " UNION ALL ".join(
            f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in tables
        )
        with provisioning.standing_owner() as connection:
            found = {row[0] for row in connection.execute(asked)}
            wanted = ";".join(f"DELETE FROM {name}" for name in tables if name in found)
            if wanted:
                provisioning.run(connection, wanted)
        houses.empty_node()

    return forget


def _filled(*tenants: Tenant) -> set[str]:
    names = [
        f"{one.schema}.{table.name}" for one in tenants for table in Base.metadata.sorted_tables
    ]
    asked = " UNION ALL ".join(
        f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in names
    )
    with provisioning.standing_owner() as connection:
        return {row[0] for row in connection.execute(asked)}
