from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from cilis.domains import identity
from cilis.domains.identity import Credentials, Person, Registration
from cilis.infra.db import reading
from cilis.infra.outbox import Event
from cilis.infra.tenancy import Tenant
from cilis.kit.viewer import Caller, Viewer

PASSWORD = "bốn con mèo ngủ"
CALLER = Caller(
    ip="203.0.113.7",
    user_agent="Mozilla/5.0 (Windows NT 10.0) Firefox/150.0",
    language="en",
    time_zone="Europe/Berlin",
)
Emitted = Callable[[], list[Event]]


@pytest.fixture
def hoa(tenant: Tenant) -> Person:
    """A client who registered by herself."""
    del tenant
    return identity.register(Registration("Hoa", "Hoa@Example.vn", PASSWORD), CALLER)


def logged_in(email: str = "hoa@example.vn", password: str = PASSWORD) -> tuple[str, Viewer]:
    return identity.log_in(Credentials(email, password), CALLER)


def of_cookie(token: str) -> Viewer | None:
    with reading() as session:
        return identity.viewer_of_cookie(session, token)


def of_bearer(token: str) -> Viewer:
    with reading() as session:
        return identity.viewer_of_bearer(session, token)


def secret_of(event: Event) -> str:
    """The link's secret, as the notifications room gets it."""
    token_id: UUID = event.token_id  # type: ignore[attr-defined]
    with reading() as session:
        return identity.one_time_secret(session, token_id)


def last(emitted: Emitted, kind: type[Event]) -> Event:
    return [event for event in emitted() if isinstance(event, kind)][-1]
