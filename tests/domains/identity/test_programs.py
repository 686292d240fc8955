from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from tests.domains.identity.conftest import CALLER, PASSWORD, Emitted, of_bearer

from cilis.domains import identity
from cilis.domains.identity import Credentials, Person, PersonStatus, StaffChanges, Tokens
from cilis.infra import secrets
from cilis.infra.tenancy import Tenant, serving
from cilis.kit import ids, tokens
from cilis.kit.errors import NotSignedIn
from cilis.kit.viewer import Viewer

Forward = Callable[[timedelta], None]


@pytest.fixture
def pair(hoa: Person) -> Tokens:
    del hoa
    return identity.open_api_session(Credentials("hoa@example.vn", PASSWORD), CALLER)


def again(pair: Tokens) -> Tokens:
    return identity.refresh(pair.refresh_token, CALLER)


class TestAccessToken:
    def test_speaks_for_the_person_for_ten_minutes(
        self, hoa: Person, pair: Tokens, clock_forward: Forward
    ) -> None:
        viewer = of_bearer(pair.access_token)
        assert (viewer.person_id, viewer.session_id) == (hoa.id, pair.session_id)
        assert viewer.via == "api"

        clock_forward(timedelta(minutes=10, seconds=1))
        with pytest.raises(NotSignedIn):
            of_bearer(pair.access_token)

    def test_is_out_at_once_with_its_session(self, pair: Tokens) -> None:
        identity.end_session(pair.session_id, of_bearer(pair.access_token))

        with pytest.raises(NotSignedIn):
            of_bearer(pair.access_token)

    def test_is_out_at_once_with_its_person(
        self, hoa: Person, pair: Tokens, emitted: Emitted
    ) -> None:
        lan = Viewer(ids.new(), ids.new(), frozenset({"admin"}))
        identity.change_person(hoa.id, StaffChanges(status=PersonStatus.SUSPENDED, reason="x"), lan)

        with pytest.raises(NotSignedIn):
            of_bearer(pair.access_token)
        with pytest.raises(identity.RefreshRefused):
            again(pair)
        with pytest.raises(identity.PersonSuspended):
            identity.open_api_session(Credentials("hoa@example.vn", PASSWORD), CALLER)
        assert any(
            isinstance(event, identity.SessionEnded) and event.reason == "suspended"
            for event in emitted()
        )

    def test_is_nothing_at_another_tenant(self, pair: Tokens, other_tenant: Tenant) -> None:
        with serving(other_tenant), pytest.raises(NotSignedIn):
            of_bearer(pair.access_token)

    @pytest.mark.parametrize(
        "lie",
        [
            {"typ": "socket"},
            {"typ": "refresh"},
            {"aud": "other"},
            {"iss": "evil.example"},
            {"sid": "x"},
            {"sub": "00000000-0000-0000-0000-000000000000"},
            {"sid": None},
        ],
    )
    def test_rightly_signed_lies_are_refused(
        self, tenant: Tenant, pair: Tokens, lie: dict[str, object]
    ) -> None:
        claims = {
            "typ": "access",
            "aud": tenant.id,
            "iss": tenant.host,
            "sub": str(pair.person_id),
            "sid": str(pair.session_id),
        }
        key = secrets.signing_keys("access")[0]
        honest, _ = tokens.issue(claims, key, lifetime=timedelta(minutes=1))
        assert of_bearer(honest).person_id == pair.person_id

        forged, _ = tokens.issue({**claims, **lie}, key, lifetime=timedelta(minutes=1))
        with pytest.raises(NotSignedIn):
            of_bearer(forged)

    def test_rubbish_is_refused(self, pair: Tokens) -> None:
        head, body, _ = pair.access_token.split(".")
        unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0"
        for token in (
            "",
            "x",
            f"{head}.{body}.",
            f"{unsigned}.{body}.",
            "a.b.c",
            "é" * 50,
            pair.refresh_token,
            "a" * 9000,
        ):
            with pytest.raises(NotSignedIn):
                of_bearer(token)


class TestRefresh:
    def test_gives_a_new_pair_each_time(self, pair: Tokens) -> None:
        seen = {pair.refresh_token}
        for _ in range(4):
            pair = again(pair)
            assert of_bearer(pair.access_token).person_id == pair.person_id
            seen.add(pair.refresh_token)

        assert len(seen) == 5

    def test_a_lost_answer_may_be_asked_for_again(
        self, pair: Tokens, clock_forward: Forward
    ) -> None:
        lost = again(pair)
        clock_forward(timedelta(seconds=29))
        second = again(pair)

        assert second.refresh_token == lost.refresh_token
        assert of_bearer(again(second).access_token).session_id == pair.session_id

    def test_a_copy_used_later_ends_the_session_for_both(
        self, pair: Tokens, clock_forward: Forward, emitted: Emitted
    ) -> None:
        newest = again(pair)
        clock_forward(timedelta(seconds=31))
        with pytest.raises(identity.RefreshRefused):
            again(pair)

        with pytest.raises(identity.RefreshRefused):
            again(newest)
        with pytest.raises(NotSignedIn):
            of_bearer(newest.access_token)
        assert emitted()[-1] == identity.SessionEnded(
            session_id=pair.session_id, person_id=pair.person_id, reason="token_reused"
        )

    def test_a_copy_used_after_its_successor_ends_the_session_even_within_the_grace(
        self, pair: Tokens
    ) -> None:
        newest = again(again(pair))
        with pytest.raises(identity.RefreshRefused):
            again(pair)
        with pytest.raises(identity.RefreshRefused):
            again(newest)

    def test_a_thief_within_the_grace_is_found_at_the_next_turn(
        self, pair: Tokens, clock_forward: Forward
    ) -> None:
        owner, thief = again(pair), again(pair)
        clock_forward(timedelta(minutes=9))
        again(owner)
        clock_forward(timedelta(minutes=1))
        with pytest.raises(identity.RefreshRefused):
            again(thief)

    def test_repeats_at_the_same_time_get_the_same_answer(
        self, tenant: Tenant, pair: Tokens
    ) -> None:
        def once(_: int) -> str:
            with serving(tenant):
                return again(pair).refresh_token

        with ThreadPoolExecutor(6) as pool:
            answers = set(pool.map(once, range(6)))
        assert len(answers) == 1

    @pytest.mark.usefixtures("tenant")
    @pytest.mark.parametrize("token", ["", "x" * 43, "é" * 43, "x" * 5000])
    def test_invented_tokens_are_refused(self, token: str) -> None:
        with pytest.raises(identity.RefreshRefused):
            identity.refresh(token, CALLER)

    def test_a_token_of_one_tenant_is_nothing_at_another(
        self, pair: Tokens, other_tenant: Tenant
    ) -> None:
        with serving(other_tenant), pytest.raises(identity.RefreshRefused):
            again(pair)
        assert isinstance(again(pair).session_id, UUID)

    def test_an_idle_session_cannot_be_refreshed(
        self, pair: Tokens, clock_forward: Forward
    ) -> None:
        clock_forward(timedelta(days=15))
        with pytest.raises(identity.RefreshRefused):
            again(pair)
