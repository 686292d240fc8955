"""pytest fixtures: a real database, two tenants, a cast of people, a clock that moves.

Use them with ``pytest_plugins = ["cilis.testing.fixtures"]``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from typing_extensions import override

from cilis.infra import db, hosts
from cilis.infra.outbox import Event, _listeners
from cilis.infra.routing_models import OutboxRow
from cilis.infra.tenancy import RELAY, Tenant, serving
from cilis.kit import clock
from cilis.testing import house as houses


@pytest.fixture(scope="session")
def house() -> Iterator[houses.House]:
    """The servers of this run, with two empty tenants."""
    built = houses.build()
    yield built
    if db._engine is not None:  # noqa: SLF001 - close before the server stops
        db._engine.dispose()  # noqa: SLF001
    built.stop()


@pytest.fixture(scope="session")
def app(house: houses.House) -> Flask:
    """The whole web application on the run's servers."""
    del house
    from cilis.app import create_app

    made = create_app()
    made.testing = False
    return made


@pytest.fixture(scope="session")
def process(house: houses.House) -> Flask:
    """Database, plugins and listeners without pages: enough for use cases."""
    del house
    from cilis.app import prepare_process

    return prepare_process("worker")


@pytest.fixture
def _clean(house: houses.House, process: Flask) -> Iterator[houses.House]:
    del process
    hosts.refresh()
    yield house
    clock.set_distance(timedelta())
    houses.empty(*house.tenants)
    houses.empty_node()
    from cilis.domains import tenants

    tenants.forget_organizations()


@pytest.fixture
def tenant(_clean: houses.House) -> Iterator[Tenant]:
    """The first tenant, empty, being served."""
    found = hosts.by_slug(_clean.tenants[0].slug)
    with serving(found):
        yield found


@pytest.fixture
def other_tenant(_clean: houses.House) -> Tenant:
    """Another organization, empty; it must see nothing of the first."""
    return hosts.by_slug(_clean.tenants[1].slug)


@pytest.fixture
def emitted(tenant: Tenant) -> Callable[[], list[Event]]:
    """Call it for all events of the test so far, oldest first, timers included."""

    def read() -> list[Event]:
        known = {kind: found[0].event for kind, found in _listeners.items()}
        for kind in _all_events(Event):
            known.setdefault(kind.name, kind)
        with serving(RELAY), db.reading() as session:
            rows = session.scalars(
                sa.select(OutboxRow)
                .where(OutboxRow.tenant == tenant.role)
                .order_by(OutboxRow.created_at, OutboxRow.id)
            ).all()
        return [known[row.event].revive(row.payload) for row in rows]

    return read


@pytest.fixture
def deliver(_clean: houses.House) -> Callable[[], int]:
    """Deliver every due event in this process until none is due."""
    del _clean
    return houses.deliver_all


@pytest.fixture
def clock_forward() -> Callable[[timedelta], None]:
    """Move this process's clock."""

    def move(distance: timedelta) -> None:
        clock.set_distance(clock.distance() + distance)

    return move


class Browser(FlaskClient):
    """A browser on one tenant's host: cookies, Origin and form tokens as a page has them."""

    host = ""

    @override
    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Send a request to the tenant's host with its Origin."""
        kwargs.setdefault("base_url", f"http://{self.host}")
        if not hasattr(args[0] if args else None, "environ"):
            headers = dict(kwargs.get("headers") or {})
            headers.setdefault("Origin", f"http://{self.host}")
            kwargs["headers"] = headers
        return super().open(*args, **kwargs)

    def submit(self, path: str, **form: object):  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Post a form with the token that a page of this session would carry."""
        cookie = self.get_cookie("session", domain=self.host)
        with serving(hosts.by_host(self.host) or pytest.fail("no tenant")):
            from cilis.infra.http import csrf

            token = csrf._token(cookie.value if cookie else "", 0)  # noqa: SLF001
        return self.post(path, data={"_csrf": token, **form})


@pytest.fixture
def browser_client(app: Flask, tenant: Tenant) -> Browser:
    """A browser on the first tenant's host; ``submit(path, **form)`` posts a form."""
    return browser_on(app, tenant)


def browser_on(app: Flask, tenant: Tenant) -> Browser:
    """A fresh browser on a tenant's host."""
    app.test_client_class = Browser
    made = app.test_client()
    assert isinstance(made, Browser)
    made.host = tenant.host
    return made


PASSWORD = "mot-mat-khau-du-dai"  # noqa: S105 - a test's


@dataclass(frozen=True)
class Cast:
    """The standing cast: Lan runs the organization, Minh is an expert, Hoa a client.

    Khang belongs to another organization and must see nothing.
    """

    lan: UUID
    minh: UUID
    hoa: UUID
    khang: UUID
    password: str = PASSWORD


@pytest.fixture
def cast(tenant: Tenant, other_tenant: Tenant) -> Cast:
    """Four people with log-ins <name>@example.vn."""
    del tenant  # is being served
    from cilis.domains import identity
    from cilis.kit.passwords import hash_password

    hashed = hash_password(PASSWORD)

    def person(name: str, *roles: str) -> UUID:
        with db.transaction() as session:
            return identity.import_person(
                session,
                name=name,
                email=f"{name.lower()}@example.vn",
                password_hash=hashed,
                roles=list(roles),
                language="vi",
                time_zone="Asia/Ho_Chi_Minh",
            )

    lan, minh, hoa = person("Lan", "admin"), person("Minh", "expert"), person("Hoa", "client")
    with serving(other_tenant):
        khang = person("Khang", "client", "expert", "admin")
    return Cast(lan, minh, hoa, khang)


def _all_events(kind: type[Event]) -> Iterator[type[Event]]:
    for below in kind.__subclasses__():
        yield below
        yield from _all_events(below)
