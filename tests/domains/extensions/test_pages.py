from __future__ import annotations

import re

import pytest
from tests.domains.extensions.conftest import SECRET, Probe

from cilis.domains import extensions
from cilis.infra.db import reading
from cilis.testing.fixtures import Browser, Cast


@pytest.fixture
def lan(browser_client: Browser, cast: Cast) -> Browser:
    """The admin, signed in."""
    return signed_in(browser_client, "lan", cast)


def signed_in(browser: Browser, name: str, cast: Cast) -> Browser:
    answer = browser.submit("/log-in", email=f"{name}@example.vn", password=cast.password)
    assert answer.status_code == 303
    return browser


FORM = {
    "on": "1", "settings.name": "Minh", "settings.secret": SECRET, "settings.mode": "b",
    "settings.count": "3",
}  # fmt: skip
AT = "/admin/extensions/notifications/probe"


class TestSwitchboard:
    def test_the_form_has_a_control_for_every_kind(self, lan: Browser, probe: Probe) -> None:
        page = lan.get("/admin/extensions").text
        for field in probe.settings:
            assert f'name="settings.{field.name}"' in page
        assert 'type="password"' in page
        assert "cilis" not in page.lower()

    def test_saves_and_never_shows_the_secret(self, lan: Browser, probe: Probe) -> None:
        del probe
        answer = lan.submit(AT, **FORM)
        assert answer.status_code == 303, answer.text
        page = lan.get("/admin/extensions").text
        assert SECRET not in page
        with reading() as session:
            found = extensions.active_one(session, "notifications", "probe")
        assert (found.settings["mode"], found.settings["secret"]) == ("b", SECRET)

    def test_a_refused_form_keeps_what_was_typed(self, lan: Browser, probe: Probe) -> None:
        del probe
        answer = lan.submit(AT, **{**FORM, "settings.url": "nowhere"})
        assert answer.status_code == 422
        assert 'value="nowhere"' in answer.text
        assert 'value="Minh"' in answer.text
        assert SECRET not in answer.text
        assert 'aria-invalid="true"' in answer.text

    def test_an_unticked_switch_turns_off(self, lan: Browser, active: extensions.Active) -> None:
        form = {name: value for name, value in FORM.items() if name != "on"}
        assert lan.submit(AT, **form).status_code == 303
        with reading() as session, pytest.raises(extensions.ExtensionOff):
            extensions.active_one(session, active.kind, active.key)

    def test_the_test_button_says_what_it_found(
        self, lan: Browser, active: extensions.Active
    ) -> None:
        del active
        answer = lan.submit(f"{AT}/tests")
        assert answer.status_code == 200
        assert "It answers." in answer.text

    @pytest.mark.parametrize("name", ["minh", "hoa"])
    def test_is_for_admins_only(
        self, browser_client: Browser, cast: Cast, probe: Probe, name: str
    ) -> None:
        del probe
        browser = signed_in(browser_client, name, cast)
        assert browser.get("/admin/extensions").status_code == 403
        assert browser.submit(AT, **FORM).status_code == 403
        assert browser.submit(f"{AT}/tests").status_code == 403

    def test_nobody_is_sent_to_the_log_in(self, browser_client: Browser) -> None:
        answer = browser_client.get("/admin/extensions")
        assert answer.status_code == 303
        assert answer.location.startswith("/log-in")


class TestApi:
    @pytest.fixture
    def headers(self, lan: Browser) -> dict[str, str]:
        """An admin's page session with its form token, as a script of our own page sends it."""
        page = lan.get("/admin/extensions").text
        found = re.search(r'name="_csrf" value="([^"]+)"', page)
        assert found
        return {"X-Csrf": found[1]}

    def test_lists_switches_and_tries(
        self, lan: Browser, probe: Probe, headers: dict[str, str]
    ) -> None:
        del probe
        body = {"on": True, "settings": {"name": "Minh", "secret": SECRET}}
        answer = lan.put("/api/v1/extensions/notifications/probe", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        assert answer.json["on"] is True
        assert answer.json["secrets_set"] == ["secret"]
        assert SECRET not in answer.text
        listed = lan.get("/api/v1/extensions").json["items"]
        assert {"kind", "key", "on", "fields", "settings", "failures"} <= set(listed[0])
        tried = lan.post("/api/v1/extensions/notifications/probe/tests", headers=headers)
        assert tried.json == {"works": True, "message": "It answers."}

    def test_names_what_is_wrong(self, lan: Browser, probe: Probe, headers: dict[str, str]) -> None:
        del probe
        where = "/api/v1/extensions/notifications/probe"
        answer = lan.put(where, json={"on": True, "settings": {}}, headers=headers)
        assert answer.status_code == 422
        assert "settings.name" in answer.text
        unknown = lan.put("/api/v1/extensions/x/y", json={"on": False}, headers=headers)
        assert unknown.status_code == 404

    def test_nobody_else(self, browser_client: Browser) -> None:
        assert browser_client.get("/api/v1/extensions").status_code == 401
