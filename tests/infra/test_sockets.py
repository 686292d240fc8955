"""Which open pages a socket process drops by itself."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from cilis.infra import hosts
from cilis.infra.presence import Guest
from cilis.infra.tenancy import Tenant
from cilis.kit.errors import NotFound
from cilis.sockets import Reception


class Sockets:
    """A server that only notes whom it drops."""

    def __init__(self) -> None:
        self.dropped: list[str] = []
        self.server = SimpleNamespace(disconnect=lambda sid, **_: self.dropped.append(sid))

    def on_event(self, *_: object) -> None:
        """Nobody calls here."""


@pytest.mark.parametrize("status", ["active", "suspended", "gone"])
def test_pages_of_an_organization_that_is_served_no_more_are_dropped(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    def by_id(tenant_id: str) -> Tenant:
        if status == "gone":
            raise NotFound(tenant_id)
        return replace(tenant, status=status)

    monkeypatch.setattr(hosts, "by_id", by_id)
    sockets = Sockets()
    reception = Reception(sockets)
    reception.look_at(tenant, {"a": Guest(tenant, None, None)}, say=False)
    assert sockets.dropped == ([] if status == "active" else ["a"])
