from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from cilis.domains import tenants
from cilis.domains.tenants import queries
from cilis.infra import provisioning
from cilis.infra.db import reading, transaction
from cilis.infra.i18n import gettext, speaking
from cilis.infra.outbox import Event
from cilis.infra.tenancy import PLATFORM, Tenant, serving
from cilis.testing.fixtures import Browser

WANTED = tenants.Organization(
    name="Lá Xanh", languages=("vi", "en"), default_language="vi", currency="VND",
    time_zone="Asia/Ho_Chi_Minh", country="VN", brand={"colour": "#0f6b57", "neutral": "warm"},
    cancellation=(tenants.CancellationTier(24, 100), tenants.CancellationTier(6, 50)),
)  # fmt: skip


@pytest.fixture
def organization(tenant: Tenant) -> tenants.Organization:
    del tenant
    with transaction() as session:
        tenants.save_organization(session, WANTED)
    with reading() as session:
        return tenants.organization(session)


def test_a_tenant_never_set_up_has_plain_defaults(tenant: Tenant) -> None:
    with reading() as session:
        found = tenants.organization(session)
    assert (found.name, found.default_language, found.version) == (tenant.slug, "en", 0)


def test_the_console_has_an_organization_without_a_row(process: object) -> None:
    del process
    with serving(PLATFORM), reading() as session:
        assert tenants.organization(session).name == "Console"


def test_is_kept_as_it_was_saved(organization: tenants.Organization) -> None:
    assert organization.cancellation == WANTED.cancellation
    assert organization.brand == WANTED.brand
    assert organization.version == 1


def test_saving_the_same_changes_nothing(
    organization: tenants.Organization, emitted: Callable[[], list[Event]]
) -> None:
    with transaction() as session:
        assert not tenants.save_organization(session, WANTED)
    assert emitted() == [tenants.BrandChanged(version=organization.version)]


def test_is_remembered_between_transactions(organization: tenants.Organization) -> None:
    with reading() as session:
        assert tenants.organization(session) is organization


def test_brand_css_is_cached_under_its_version_only(
    organization: tenants.Organization, browser_client: Browser
) -> None:
    current = browser_client.get(f"/brand.{organization.version}.css")
    assert "--brand:" in current.text
    assert current.mimetype == "text/css"
    assert "immutable" in current.headers["Cache-Control"]
    old = browser_client.get(f"/brand.{organization.version + 7}.css")
    assert old.headers["Cache-Control"] == "no-store"


def test_api_shows_it_to_anybody_without_inner_settings(
    organization: tenants.Organization, browser_client: Browser
) -> None:
    shown = browser_client.get("/api/v1/organization").json
    assert shown["name"] == organization.name
    assert shown["cancellation"][0] == {"hours": 24, "percent": 100}
    assert not {"mail_from", "wording", "brand"} & set(shown)


def test_what_is_remembered_of_many_organizations_is_bounded(
    tenant: Tenant, other_tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "_KEPT", 1)
    said = {"en": {"Hello": "Moin"}}
    for each in (tenant, other_tenant):
        with serving(each), speaking("en", "UTC"):
            with transaction() as session:
                tenants.save_organization(session, replace(WANTED, wording=said))
            with reading() as session:
                tenants.organization(session)
            assert gettext("Hello") == "Moin"
    with serving(tenant), speaking("en", "UTC"):
        assert tenants.known_organization() is None
        assert gettext("Hello") == "Hello"


@pytest.mark.parametrize("host", [" Beratung.Example. ", "BERATUNG.EXAMPLE"])
def test_a_host_is_kept_as_requests_are_looked_up_by(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    routed: list[str] = []
    monkeypatch.setattr(provisioning, "claim", lambda _slug, wanted: routed.extend(wanted))
    monkeypatch.setattr(provisioning, "add_host", lambda _slug, wanted: routed.append(wanted))
    tenants.provision("beratung", host)
    tenants.add_host("beratung", host)
    assert routed[1:] == ["beratung.example", "beratung.example"]
