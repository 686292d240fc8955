"""Which open pages a socket process drops by itself."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from cilis.domains import identity
from cilis.infra import hosts
from cilis.infra.db import reading, transaction
from cilis.infra.presence import Guest
from cilis.infra.realtime import admission, socket_token
from cilis.infra.tenancy import Tenant
from cilis.kit import ids
from cilis.kit.errors import NotFound
from cilis.kit.tokens import BadToken
from cilis.kit.viewer import Caller, Viewer
from cilis.sockets import Reception, _guest
from cilis.testing.fixtures import PASSWORD, Cast


class Sockets:
    """A server that only notes whom it drops."""

    def __init__(self) -> None:
        self.dropped: list[str] = []
        self.told: list[tuple[str, str]] = []
        self.server = SimpleNamespace(
            disconnect=lambda sid, **_: self.dropped.append(sid),
            emit=lambda event, _, *, to, **__: self.told.append((to, event)),
        )

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


def test_who_loses_a_role_is_dropped_and_enters_no_more_by_the_old_token(
    tenant: Tenant, cast: Cast
) -> None:
    sockets = Sockets()
    reception = Reception(sockets)
    with transaction() as session:
        vy = identity.import_person(
            session, name="Vy", email="vy@example.vn", password=PASSWORD, roles=["support"]
        )
    cookie, _ = identity.log_in(
        identity.Credentials("vy@example.vn", PASSWORD), Caller(ip="203.0.113.7")
    )
    with reading() as session:
        viewer = identity.viewer_of_cookie(session, cookie)
    assert viewer is not None
    token = socket_token(["staff:payments"], session=str(viewer.session_id), roles=viewer.roles)
    pages = {
        "staff": _guest(tenant, admission(token)),
        "given without a role": Guest(tenant, vy, viewer.session_id),
        "nobody": Guest(tenant, None, None),
    }
    reception.look_at(tenant, pages, say=False)
    assert sockets.dropped == []

    lan = Viewer(cast.lan, ids.new(), frozenset({"admin"}))
    changes = identity.StaffChanges(roles=[identity.Role.CLIENT], reason="moved on")
    identity.change_person(vy, changes, lan)
    reception.look_at(tenant, pages, say=False)
    assert sockets.dropped == ["staff"]
    assert sockets.told == [("staff", "identity.session_ended")]
    with pytest.raises(BadToken):
        _guest(tenant, admission(token))
