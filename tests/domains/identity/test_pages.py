from __future__ import annotations

import io
import re
from urllib.parse import urlencode

import pytest
from flask import Flask
from PIL import Image
from tests.domains.identity.conftest import PASSWORD, Emitted, last, logged_in, secret_of

from cilis.domains import identity
from cilis.domains.identity import Person
from cilis.domains.identity.pages.zones import own_names, zone_choices
from cilis.infra.tenancy import Tenant
from cilis.kit.viewer import Viewer
from cilis.testing.fixtures import Browser, Cast, browser_on

NEW = "năm con vịt bơi"


def cookie_of(browser: Browser) -> str:
    found = browser.get_cookie("session", domain=browser.host)
    return found.value if found else ""


@pytest.fixture
def as_hoa(browser_client: Browser, hoa: Person) -> Browser:
    del hoa
    answer = browser_client.submit("/log-in", email="hoa@example.vn", password=PASSWORD)
    assert answer.status_code == 303, answer.text
    return browser_client


class TestSignUp:
    def test_makes_an_account_and_signs_in(self, browser_client: Browser) -> None:
        assert "Create an account" in browser_client.get("/sign-up").text
        answer = browser_client.submit(
            "/sign-up?next=/experts", name="Hoa", email="hoa@example.vn", password=PASSWORD
        )

        assert (answer.status_code, answer.location) == (303, "/experts")
        assert "hoa@example.vn" in browser_client.get("/account").text
        assert browser_client.get("/sign-up").status_code == 303

    def test_a_refused_form_keeps_what_was_typed_but_no_password(
        self, browser_client: Browser
    ) -> None:
        answer = browser_client.submit(
            "/sign-up", name='Hoa "><script>', email="hoa@example.vn", password="password"
        )

        assert answer.status_code == 422
        assert "hoa@example.vn" in answer.text
        assert "<script>" not in answer.text
        assert 'value="password"' not in answer.text
        assert 'aria-invalid="true"' in answer.text

    def test_a_form_of_another_site_is_refused(self, browser_client: Browser) -> None:
        form = {"name": "Hoa", "email": "hoa@example.vn", "password": PASSWORD}
        for origin in ("http://evil.example", "null"):
            answer = browser_client.post("/sign-up", data=form, headers={"Origin": origin})
            assert answer.status_code == 403


class TestLogIn:
    def test_a_new_cookie_is_given(self, browser_client: Browser, hoa: Person) -> None:
        token, _ = identity.open_browser_session("en", "UTC", "", "::1")
        browser_client.set_cookie("session", token, domain=browser_client.host)
        browser_client.submit("/log-in", email="hoa@example.vn", password=PASSWORD)

        assert cookie_of(browser_client) not in {"", token}

    def test_wrong_credentials_are_told_alike(self, browser_client: Browser, hoa: Person) -> None:
        answers = [
            browser_client.submit("/log-in", email=email, password=password)
            for email, password in (("hoa@example.vn", "nope"), ("x@example.vn", PASSWORD))
        ]

        assert {answer.status_code for answer in answers} == {422}
        texts = {re.sub(r'value="[^"]*"', "", answer.text) for answer in answers}
        assert len(texts) == 1
        assert cookie_of(browser_client) == ""

    @pytest.mark.parametrize(
        "target",
        [
            "//evil.example",
            "/\\evil.example",
            "https:evil.example",
            "javascript:alert(1)",
            "/%0d%0aSet-Cookie:x",
            "http://evil.example/",
            "/a\r\nb",
            "/log-in",
            "\t//evil.example",
        ],
    )
    def test_leads_to_this_site_only(
        self, browser_client: Browser, hoa: Person, target: str
    ) -> None:
        answer = browser_client.submit(
            f"/log-in?{urlencode({'next': target})}", email="hoa@example.vn", password=PASSWORD
        )

        assert answer.status_code == 303
        location = answer.location or ""
        assert location == "/" or location.startswith("/%0d%0a")
        assert len(answer.headers.getlist("Set-Cookie")) <= 2

    def test_people_begin_where_they_work(self, app: Flask, tenant: Tenant, cast: Cast) -> None:
        for name, home in (("lan", "/admin"), ("minh", "/desk"), ("hoa", "/")):
            browser = browser_on(app, tenant)
            answer = browser.submit("/log-in", email=f"{name}@example.vn", password=cast.password)
            assert answer.location == home

    def test_too_many_tries(self, browser_client: Browser, hoa: Person) -> None:
        statuses = {
            browser_client.submit("/log-in", email="hoa@example.vn", password="no").status_code
            for _ in range(12)
        }
        assert statuses == {422, 429}


class TestLogOut:
    def test_ends_the_session(self, as_hoa: Browser) -> None:
        token = cookie_of(as_hoa)
        assert as_hoa.submit("/log-out").status_code == 303
        as_hoa.set_cookie("session", token, domain=as_hoa.host)

        assert "/log-in?next=/account" in (as_hoa.get("/account").location or "")

    def test_needs_a_form_of_ours(self, as_hoa: Browser) -> None:
        assert as_hoa.get("/log-out").status_code == 405
        assert as_hoa.post("/log-out", data={"_csrf": "x"}).status_code == 403
        assert as_hoa.get("/account").status_code == 200


class TestMailLinks:
    def test_opening_a_link_changes_nothing_but_its_button_does(
        self, browser_client: Browser, hoa: Person, emitted: Emitted
    ) -> None:
        path = f"/verify/{secret_of(last(emitted, identity.EmailVerificationAsked))}"
        for _ in range(2):
            assert browser_client.get(path).status_code == 200
        assert browser_client.submit(path).status_code == 303
        assert browser_client.get(path).status_code == 410
        assert browser_client.submit(path).status_code == 410

    def test_a_forgotten_password(
        self, browser_client: Browser, hoa: Person, emitted: Emitted
    ) -> None:
        answers = [
            re.sub(
                r' value="[^"]*"', "", browser_client.submit("/forgot", email=email).text
            ).replace(email, "")
            for email in ("hoa@example.vn", "nobody@example.vn")
        ]
        assert answers[0] == answers[1]

        path = f"/reset/{secret_of(last(emitted, identity.PasswordResetAsked))}"
        assert browser_client.get(path).status_code == 200
        assert browser_client.submit(path, password="password").status_code == 422
        assert browser_client.submit(path, password=NEW).location == "/log-in"
        assert browser_client.get(path).status_code == 410
        assert logged_in(password=NEW)[1].person_id == hoa.id

    @pytest.mark.parametrize("kind", ["verify", "reset"])
    def test_invented_links_are_over(self, browser_client: Browser, kind: str) -> None:
        assert browser_client.get(f"/{kind}/{'x' * 43}").status_code == 410


class TestAccount:
    def test_asks_to_log_in_first_and_comes_back(self, browser_client: Browser) -> None:
        answer = browser_client.get("/account")

        assert (answer.status_code, answer.location) == (303, "/log-in?next=/account")

    def test_the_profile(self, as_hoa: Browser) -> None:
        answer = as_hoa.submit(
            "/account", name="Hoa Lê", language="en", time_zone="Asia/Ho_Chi_Minh"
        )
        assert answer.status_code == 303
        assert "Hoa Lê" in as_hoa.get("/account").text

        again = as_hoa.submit("/account", name=" ", language="en", time_zone="Mars/Olympus")
        assert again.status_code == 422

    def test_a_picture(self, as_hoa: Browser) -> None:
        out = io.BytesIO()
        Image.new("RGB", (40, 60), "teal").save(out, "PNG")
        sent = as_hoa.submit("/account/picture", picture=(io.BytesIO(out.getvalue()), "me.png"))
        assert sent.status_code == 303
        assert "/media/" in as_hoa.get("/account").text

        assert as_hoa.submit("/account/picture").status_code == 422
        assert as_hoa.submit("/account/picture/removal").status_code == 303
        assert "/account/picture/removal" not in as_hoa.get("/account").text

    def test_a_new_password_keeps_this_browser_in(self, as_hoa: Browser) -> None:
        old = cookie_of(as_hoa)
        wrong = as_hoa.submit("/account/password", current_password="no", password=NEW)
        assert wrong.status_code == 422
        right = as_hoa.submit("/account/password", current_password=PASSWORD, password=NEW)

        assert right.status_code == 303
        assert cookie_of(as_hoa) != old
        assert as_hoa.get("/account").status_code == 200

    def test_devices(self, as_hoa: Browser) -> None:
        _, other = logged_in()
        page = as_hoa.get("/account/security").text
        assert "Firefox, Windows" in page
        assert as_hoa.submit(f"/account/sessions/{other.session_id}/end").status_code == 303
        again = as_hoa.submit(f"/account/sessions/{other.session_id}/end")
        assert (again.status_code, again.headers["Location"]) == (303, "/account/security#devices")

        logged_in()
        assert as_hoa.submit("/account/sessions/end-others").status_code == 303
        assert "end-others" not in as_hoa.get("/account/security").text

    def test_the_link_can_be_sent_again(self, as_hoa: Browser, emitted: Emitted) -> None:
        before = len(emitted())
        assert as_hoa.submit("/account/verification").status_code == 303
        assert len(emitted()) == before + 1

    def test_a_suspended_person_is_out(self, as_hoa: Browser, hoa: Person, cast: Cast) -> None:
        lan = Viewer(cast.lan, None, frozenset({"admin"}))
        changes = identity.StaffChanges(status=identity.PersonStatus.SUSPENDED, reason="x")
        identity.change_person(hoa.id, changes, lan)

        assert as_hoa.get("/account").status_code == 303


@pytest.mark.parametrize("language", ["vi", "de", "en"])
def test_pages_speak_every_language_without_styles_or_scripts_of_their_own(
    browser_client: Browser, language: str
) -> None:
    for path in ("/log-in", "/sign-up", "/forgot", "/verify/x", "/reset/x"):
        html = browser_client.get(f"{path}?lang={language}").text
        assert " style=" not in html
        assert "<script>" not in html
        assert "cilis" not in html.lower()


def test_zones_have_names_that_people_know() -> None:
    assert dict(zone_choices("vi", "UTC"))["Asia/Ho_Chi_Minh"] == "Việt Nam"
    assert dict(zone_choices("de", "UTC"))["Europe/Berlin"] == "Deutschland, Berlin"
    assert zone_choices("en", "Asia/Saigon")[0] == ("Asia/Saigon", "Asia/Saigon")
    assert own_names(["vi", "de"]) == [("vi", "Tiếng Việt"), ("de", "Deutsch")]
