"""Real processes for the proofs: web, sockets, worker, relay and stand-ins of one house."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from cilis.infra import hosts
from cilis.infra.tenancy import Tenant
from cilis.testing import house as houses
from cilis.testing.running import Running


@pytest.fixture(scope="module")
def running(house: houses.House, process: Flask) -> Iterator[Running]:
    """Nothing runs yet; what a test starts ends with the module."""
    del process
    found = Running(house)
    yield found
    found.stop()
    houses.empty(*house.tenants)
    houses.empty_node()


@pytest.fixture(scope="module")
def first(house: houses.House, process: Flask) -> Tenant:
    del process
    hosts.refresh()
    return hosts.by_slug(house.tenants[0].slug)


@pytest.fixture(scope="module")
def second(house: houses.House, process: Flask) -> Tenant:
    del process
    return hosts.by_slug(house.tenants[1].slug)
