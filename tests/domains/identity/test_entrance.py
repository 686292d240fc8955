from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.domains.identity.conftest import CALLER, PASSWORD, Emitted, logged_in, of_cookie

from cilis.domains import identity
from cilis.domains.identity import Credentials, Person, Registration, SessionClaimed
from cilis.infra.db import reading, transaction
from cilis.infra.tenancy import Tenant, serving
from cilis.kit import ids
from cilis.kit.errors import InvalidInput, TooMany


class TestRegister:
    def test_makes_a_client_and_asks_to_verify(self, hoa: Person, emitted: Emitted) -> None:
        assert (hoa.email, hoa.is_verified) == ("Hoa@Example.vn", False)
        assert hoa.roles == {"client"}
        assert (hoa.language, hoa.time_zone) == ("en", "Europe/Berlin")
        assert [event.name for event in emitted()] == [
            "identity.person_registered.v1",
            "identity.email_verification_asked.v1",
        ]

    @pytest.mark.parametrize("twin", ["hoa@example.vn", " HOA@EXAMPLE.VN ", "Hoa@Example.vn"])
    def test_one_account_for_an_address(self, hoa: Person, twin: str) -> None:
        with pytest.raises(InvalidInput) as refusal:
            identity.register(Registration("Hoa", twin, PASSWORD), CALLER)

        assert refusal.value.fields == {"email": ["email_taken"]}

    def test_the_same_address_elsewhere_is_somebody_else(
        self, hoa: Person, other_tenant: Tenant
    ) -> None:
        with serving(other_tenant):
            there = identity.register(Registration("Hoa", "hoa@example.vn", PASSWORD), CALLER)

        assert there.id != hoa.id
        with serving(other_tenant), reading() as session:
            assert identity.people(session, {hoa.id}) == {}

    @pytest.mark.usefixtures("tenant")
    def test_many_accounts_from_one_address_are_refused(self) -> None:
        for number in range(30):  # refused passwords count, and cost no hash
            with pytest.raises(InvalidInput):
                identity.register(Registration("A", f"a{number}@example.vn", "short"), CALLER)
        with pytest.raises(TooMany):
            identity.register(Registration("A", "a@example.vn", PASSWORD), CALLER)


class TestLogIn:
    def test_gives_a_cookie_that_speaks_for_the_person(self, hoa: Person) -> None:
        token, viewer = logged_in()

        assert viewer.person_id == hoa.id
        assert of_cookie(token) == viewer
        assert (viewer.name, viewer.via) == ("Hoa", "page")
        assert viewer.roles == {"client"}

    @pytest.mark.parametrize(
        ("email", "password"),
        [
            ("hoa@example.vn", "wrong"),
            ("nobody@example.vn", PASSWORD),
            ("", ""),
            ("hoa@example.vn", PASSWORD + "\x00"),
            ("hoa@example.vn", "x" * 4000),
        ],
    )
    def test_wrong_credentials_are_told_alike(self, hoa: Person, email: str, password: str) -> None:
        with pytest.raises(identity.WrongCredentials) as refusal:
            identity.log_in(Credentials(email, password), CALLER)

        assert refusal.value.values == {}
        assert str(refusal.value) == "wrong_credentials"

    def test_letters_typed_in_another_form_are_the_same(self, hoa: Person) -> None:
        decomposed = "bo\u0302\u0301n con me\u0300o ngu\u0309"

        assert logged_in(password=decomposed)[1].person_id == hoa.id

    def test_guessing_on_one_account_ends_soon_from_any_address(self, hoa: Person) -> None:
        for number in range(10):
            caller = replace(CALLER, ip=f"198.51.100.{number}")
            with pytest.raises(identity.WrongCredentials):
                identity.log_in(Credentials("hoa@example.vn", "guess guess"), caller)
        with pytest.raises(TooMany):
            identity.log_in(Credentials("hoa@example.vn", PASSWORD), CALLER)

    def test_a_nameless_browser_keeps_its_session_but_not_its_token(
        self, hoa: Person, emitted: Emitted
    ) -> None:
        planted, nameless = identity.open_browser_session("vi", "Asia/Ho_Chi_Minh", "", "::1")
        caller = replace(CALLER, session_id=nameless.session_id)
        token, viewer = identity.log_in(Credentials("hoa@example.vn", PASSWORD), caller)

        assert viewer.session_id == nameless.session_id
        assert of_cookie(planted) is None
        assert of_cookie(token) == viewer
        assert viewer.session_id is not None
        assert emitted()[-1] == SessionClaimed(session_id=viewer.session_id, person_id=hoa.id)
        with reading() as session:
            assert identity.claims_of(session, hoa.id) == [viewer.session_id]

    def test_another_person_on_the_same_browser_gets_another_session(self, hoa: Person) -> None:
        token, first = logged_in()
        identity.register(Registration("Bao", "bao@example.vn", PASSWORD), CALLER)
        caller = replace(CALLER, session_id=first.session_id)
        _, second = identity.log_in(Credentials("bao@example.vn", PASSWORD), caller)

        assert second.session_id != first.session_id
        assert of_cookie(token) is None

    def test_signing_up_keeps_what_the_browser_holds(self, tenant: Tenant) -> None:
        _, nameless = identity.open_browser_session("vi", "Asia/Ho_Chi_Minh", "", "::1")
        caller = replace(CALLER, session_id=nameless.session_id)
        token, viewer = identity.sign_up(Registration("Hoa", "h@example.vn", PASSWORD), caller)

        assert viewer.session_id == nameless.session_id
        assert of_cookie(token) == viewer


class TestSessions:
    @pytest.mark.usefixtures("tenant")
    def test_a_nameless_browser_is_seen_without_a_person(self) -> None:
        token, viewer = identity.open_browser_session("vi", "Asia/Ho_Chi_Minh", "ua", "::1")

        assert of_cookie(token) == viewer
        assert (viewer.person_id, viewer.language) == (None, "vi")

    @pytest.mark.usefixtures("tenant")
    @pytest.mark.parametrize("token", ["", "x", "a" * 43, "é" * 43, "a" * 4000])
    def test_invented_cookies_are_nobody(self, token: str) -> None:
        assert of_cookie(token) is None

    def test_a_cookie_of_one_tenant_is_nothing_at_another(
        self, hoa: Person, other_tenant: Tenant
    ) -> None:
        token, _ = logged_in()
        with serving(other_tenant):
            assert of_cookie(token) is None

    def test_a_session_ends_when_idle_or_old(
        self, hoa: Person, clock_forward: Callable[[timedelta], None]
    ) -> None:
        token, viewer = logged_in()
        for _ in range(3):  # used every nine days: not idle, but too old on day 36
            clock_forward(timedelta(days=9))
            assert of_cookie(token) is not None
            identity.note_use(viewer)
        clock_forward(timedelta(days=9))
        assert of_cookie(token) is None

        idle, _ = logged_in()
        clock_forward(timedelta(days=15))
        assert of_cookie(idle) is None

    def test_logging_out_ends_the_cookie(self, hoa: Person, emitted: Emitted) -> None:
        token, viewer = logged_in()
        identity.log_out(viewer)
        identity.log_out(viewer)  # a second click does nothing

        assert of_cookie(token) is None
        ended = [event for event in emitted() if isinstance(event, identity.SessionEnded)]
        assert [event.reason for event in ended] == ["logged_out"]

    def test_the_list_shows_and_ends_other_devices(self, hoa: Person) -> None:
        old_token, old = logged_in()
        token, viewer = logged_in()
        with reading() as session:
            shown = identity.sessions_of(session, viewer)
        assert {(info.id, info.is_current) for info in shown} == {
            (old.session_id, False),
            (viewer.session_id, True),
        }
        assert shown[0].device == "Firefox, Windows"

        assert old.session_id is not None
        identity.end_session(old.session_id, viewer)
        assert of_cookie(old_token) is None
        assert of_cookie(token) == viewer

    def test_nobody_ends_the_session_of_somebody_else(self, hoa: Person) -> None:
        _, mine = logged_in()
        identity.register(Registration("Bao", "bao@example.vn", PASSWORD), CALLER)
        token, theirs = logged_in("bao@example.vn")
        assert theirs.session_id is not None

        for wanted in (theirs.session_id, ids.new()):
            with pytest.raises(identity.SessionNotFound):
                identity.end_session(wanted, mine)
        assert of_cookie(token) == theirs

    def test_logging_out_everywhere_else_leaves_this_one(self, hoa: Person) -> None:
        others = [logged_in()[0] for _ in range(2)]
        token, viewer = logged_in()

        assert identity.end_other_sessions(viewer) == 2
        assert [of_cookie(other) for other in others] == [None, None]
        assert of_cookie(token) == viewer

    def test_a_session_of_another_cannot_be_claimed(self, hoa: Person) -> None:
        _, viewer = logged_in()
        assert viewer.session_id is not None
        with pytest.raises(identity.SessionNotFound), transaction() as session:
            identity.claim_session(session, viewer.session_id, ids.new())

    def test_what_ended_long_ago_is_forgotten(
        self, hoa: Person, clock_forward: Callable[[timedelta], None]
    ) -> None:
        _, viewer = logged_in()
        identity.log_out(viewer)
        assert identity.forget_stale() == 0
        clock_forward(timedelta(days=40))
        assert identity.forget_stale() == 2  # the session and the verification link
