"""The run's Elasticsearch, started when the first test wants it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from tests.support.elasticsearch.server import Elasticsearch, Lacking


@pytest.fixture(scope="session")
def elasticsearch_server() -> Iterator[Elasticsearch]:
    """A real server. Where it cannot run the test is skipped and says why; in CI it fails."""
    yield from started(Elasticsearch())


def started(server: Elasticsearch) -> Iterator[Elasticsearch]:
    """For a fixture: a server of its own kind, started and at the end forgotten."""
    try:
        server.start()
    except Lacking as problem:
        server.close()
        if os.environ.get("CI") == "true":  # noqa: TID251 - says where we are
            pytest.fail(f"Elasticsearch has to run here: {problem}")
        pytest.skip(f"Elasticsearch: {problem}")
    yield server
    server.close()
