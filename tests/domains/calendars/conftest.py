from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.calendar_server import CalendarFile, Radicale, serving_file

from cilis.infra.tenancy import Tenant
from cilis.testing.scene import Scene, open_scene


@pytest.fixture
def scene(tenant: Tenant) -> Scene:
    """An expert in Hà Nội who works day and night."""
    del tenant
    return open_scene()


@pytest.fixture
def file() -> Iterator[CalendarFile]:
    with serving_file() as found:
        yield found


@pytest.fixture(scope="module")
def radicale_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    found = Radicale(tmp_path_factory.mktemp("radicale"))
    found.start()
    yield found
    found.stop()


@pytest.fixture
def radicale(radicale_process: Radicale) -> Iterator[Radicale]:
    """A running server with one empty calendar, "work"."""
    yield radicale_process
    radicale_process.stop()
    for path in sorted(Path(radicale_process.folder, "data").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    radicale_process.start()
