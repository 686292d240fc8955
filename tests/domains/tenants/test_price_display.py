"""How prices are shown: an admin's choice, by page, API or pack; bookings keep theirs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cilis.domains import bookings, pricing, tenants
from cilis.domains.tenants import PriceDisplay
from cilis.infra import hosts
from cilis.infra.audit import AuditEntry
from cilis.infra.db import reading
from cilis.infra.tenancy import Tenant, serving
from cilis.kit import ids
from cilis.kit.viewer import Viewer
from cilis.testing.fixtures import Browser
from cilis.testing.scene import PASSWORD, Scene, open_scene

NET, GROSS = PriceDisplay.NET, PriceDisplay.GROSS


@pytest.fixture
def scene(tenant: Tenant) -> Scene:
    del tenant
    return open_scene()


def display() -> PriceDisplay:
    tenants.forget_organizations()
    with reading() as session:
        return tenants.organization(session).price_display


def test_it_is_with_tax_until_an_admin_says_otherwise(scene: Scene) -> None:
    assert display() == GROSS
    for _ in range(2):  # the same again changes nothing
        tenants.change_price_display(NET, scene.viewer("admin"))
    assert display() == NET
    with reading() as session:
        entries = session.query(AuditEntry).filter_by(action="tenants.price_display_changed").all()
    assert [one.detail for one in entries] == [{"before": "gross", "after": "net"}]
    assert entries[0].actor_id == scene.admin


def test_a_booking_keeps_how_its_price_was_shown(scene: Scene) -> None:
    starts = scene.starts(2)

    def shown(place: int) -> bookings.Booking:
        return bookings.hold(
            bookings.HoldWish(scene.service, starts[place]), Viewer(ids.new(), ids.new())
        )

    old = shown(0)
    tenants.change_price_display(NET, scene.viewer("admin"))
    new = shown(1)
    tenants.change_price_display(GROSS, scene.viewer("admin"))
    with reading() as session:
        kept = [bookings.get(session, one.id).terms for one in (old, new)]
    assert [pricing.Terms.from_json(one).display for one in kept] == [GROSS, NET]


def test_the_api_changes_and_tells_it(scene: Scene, browser_client: Browser) -> None:
    def ask(method: str, path: str, role: str = "", body: object = None) -> tuple[int, dict]:  # type: ignore[type-arg]
        headers = {}
        if role:
            wish = {"email": scene.emails[role], "password": PASSWORD}
            token = browser_client.open("/api/v1/sessions", method="POST", json=wish).json
            headers["Authorization"] = f"Bearer {token['access_token']}"
        answer = browser_client.open(f"/api/v1{path}", method=method, json=body, headers=headers)
        return answer.status_code, answer.json or {}

    wish = {"price_display": "net"}
    for role, status in (("", 401), ("client", 403), ("expert", 403), ("support", 403)):
        assert ask("PUT", "/organization/price-display", role, wish)[0] == status
    for wrong in ({"price_display": "both"}, {}, {"price_display": None}):
        status, problem = ask("PUT", "/organization/price-display", "admin", wrong)
        assert (status, problem["errors"][0]["field"]) == (422, "price_display")
    assert ask("PUT", "/organization/price-display", "admin", wish)[1]["price_display"] == "net"
    assert ask("GET", "/organization")[1]["price_display"] == "net"


def test_a_pack_may_say_it_and_else_leaves_it_to_the_admins(
    tenant: Tenant, pack: Path, emitted: Callable[[], object]
) -> None:
    del emitted
    manifest = pack / "tenant.toml"
    tenants.apply_pack(pack)
    with serving(hosts.by_slug(tenant.slug)):
        assert display() == GROSS
        tenants.change_price_display(NET, Viewer(ids.new(), roles=frozenset({"admin"})))
    assert tenants.apply_pack(pack).is_empty
    with serving(hosts.by_slug(tenant.slug)):
        assert display() == NET
        tenants.change_price_display(GROSS, Viewer(ids.new(), roles=frozenset({"admin"})))
    tax = '[tax]\npercent = 10\nname = { vi = "Thuế GTGT" }\ndisplay = "net"\n\n[legal]'
    manifest.write_text(manifest.read_text().replace("[legal]", tax))
    assert "price_display" in {change.what for change in tenants.apply_pack(pack).changes}
    with serving(hosts.by_slug(tenant.slug)):
        assert display() == NET
    manifest.write_text(manifest.read_text().replace('display = "net"', 'display = "both"'))
    with pytest.raises(tenants.BadPack, match=r"tax\.display"):
        tenants.apply_pack(pack)
