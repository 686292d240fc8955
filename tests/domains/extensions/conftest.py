from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

import pytest

from cilis.domains import extensions
from cilis.hooks import Refused, SettingField, SettingKind, TestOutcome, TryLater
from cilis.hooks.manager import plugins
from cilis.infra.tenancy import Tenant
from cilis.kit import ids
from cilis.kit.viewer import Viewer

SECRET = "a secret of sixteen"


class Probe:
    """A channel that does what it is told."""

    key = "probe"
    title = "Probe"
    address_kind = "email"
    settings = (
        SettingField("name", "Name"),
        SettingField("secret", "Secret", SettingKind.SECRET),
        SettingField("url", "Address", SettingKind.URL, required=False),
        SettingField("count", "Number", SettingKind.NUMBER, default="3"),
        SettingField(
            "mode", "Mode", SettingKind.CHOICE, default="a", choices=(("a", "A"), ("b", "B"))
        ),
        SettingField("loud", "Loud", SettingKind.SWITCH, required=False),
    )

    def send(self, what: str, settings: Mapping[str, str]) -> str:
        if what == "later":
            raise TryLater("the outside sleeps")
        if what == "refused":
            raise Refused("dead address")
        if what == "broken":
            raise ZeroDivisionError(f"with {settings['secret']}")
        if what == "hangs":
            time.sleep(0.4)
        return f"{settings['name']} {settings['count']}"

    def test(self, settings: Mapping[str, str]) -> TestOutcome:
        if settings["name"] == "broken":
            raise ZeroDivisionError
        if settings["name"] == "refused":
            raise Refused(f"no such name with {settings['secret']}")
        return TestOutcome(works=True, message="It answers.")


@pytest.fixture
def probe(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> Iterator[Probe]:
    """The channel, installed and off."""
    del tenant
    made = Probe()
    monkeypatch.setitem(plugins._offers["notifications"], made.key, made)
    monkeypatch.setitem(plugins._names, ("notifications", made.key), "notify_email")
    yield made
    plugins._benches.pop("notifications/probe", None)


@pytest.fixture
def admin() -> Viewer:
    return Viewer(ids.new(), roles=frozenset({"admin"}))


@pytest.fixture
def active(probe: Probe, admin: Viewer) -> extensions.Active:
    """The channel, switched on."""
    from cilis.infra.db import reading

    given = {"name": "Minh", "secret": SECRET}
    extensions.switch("notifications", probe.key, True, given, admin)
    with reading() as session:
        return extensions.active_one(session, "notifications", probe.key)
