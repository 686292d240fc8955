from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from tests.domains.search.conformance.seeds import plant
from tests.domains.search.conftest import connected
from tests.support.elasticsearch.server import Elasticsearch

from cilis.domains import search
from cilis.infra import hosts, provisioning
from cilis.infra.tenancy import Tenant, serving
from cilis.testing.house import House


@pytest.fixture(scope="module")
def planted(
    house: House, process: Flask, elasticsearch_server: Elasticsearch
) -> Iterator[tuple[Tenant, dict[str, UUID]]]:
    """A tenant of its own with all experts, in both engines."""
    del house, process
    made = provisioning.claim("conformance", ["conformance.localhost"])
    hosts.refresh()
    tenant = hosts.by_slug(made.slug)
    with connected(elasticsearch_server), serving(tenant):
        names = plant()
        search.rebuild_all([tenant])
        yield tenant, names


@pytest.fixture
def asked(planted: tuple[Tenant, dict[str, Any]]) -> Iterator[dict[str, UUID]]:
    """The experts by name; their tenant is being served."""
    with serving(planted[0]):
        yield planted[1]
