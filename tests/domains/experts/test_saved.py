from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session
from tests.domains.experts.test_api import Program, code

from cilis.domains import experts, identity
from cilis.domains.experts import service
from cilis.domains.experts.models import SavedExpert
from cilis.domains.experts.service import saving
from cilis.infra.db import reading, transaction
from cilis.infra.tenancy import Tenant, serving
from cilis.kit import ids
from cilis.kit.errors import InvalidInput, NotSignedIn
from cilis.kit.viewer import Viewer
from cilis.testing.scene import PASSWORD, Scene, open_scene

MANY = 5


@pytest.fixture
def scene(tenant: Tenant) -> Scene:
    del tenant
    return open_scene(experts_count=MANY)


@pytest.fixture
def everyone(scene: Scene) -> list[UUID]:
    """The organization's experts."""
    del scene
    with reading() as session:
        return experts.ids_page(session, None, MANY)


def browser() -> Viewer:
    """A browser that has not signed in."""
    return identity.open_browser_session("en", "UTC", "a browser", "192.0.2.1")[1]


def claim(who: Viewer, person_id: UUID) -> Viewer:
    assert who.session_id
    with transaction() as session:
        identity.claim_session(session, who.session_id, person_id)
    return Viewer(person_id=person_id, session_id=who.session_id)


def saved(who: Viewer) -> list[UUID]:
    with reading() as session:
        return [one.expert_id for one in experts.saved_page(session, who, limit=100).items]


def rows() -> list[tuple[UUID | None, UUID | None]]:
    with reading() as session:
        found = session.execute(sa.select(SavedExpert.person_id, SavedExpert.session_id))
        return [(person_id, session_id) for person_id, session_id in found]


class TestAList:
    def test_the_latest_comes_first_and_again_changes_nothing(
        self, scene: Scene, everyone: list[UUID], clock_forward: Callable[[timedelta], None]
    ) -> None:
        client = scene.viewer("client")
        for one in everyone[:3]:
            experts.save(one, client)
            clock_forward(timedelta(seconds=1))
        experts.save(everyone[0], client)
        assert saved(client) == everyone[:3][::-1]
        assert saved(scene.viewer("other_client")) == []

    def test_taking_out_may_be_repeated(self, scene: Scene, everyone: list[UUID]) -> None:
        client = scene.viewer("client")
        experts.save(everyone[0], client)
        experts.unsave(everyone[0], client)
        experts.unsave(everyone[0], client)
        experts.unsave(ids.new(), client)
        assert saved(client) == []

    def test_pages_show_everybody_once(self, scene: Scene, everyone: list[UUID]) -> None:
        client, seen, cursor = scene.viewer("client"), [], None
        for one in everyone:
            experts.save(one, client)
        while True:
            with reading() as session:
                page = experts.saved_page(session, client, cursor=cursor, limit=2)
            seen += [one.expert_id for one in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert sorted(seen) == sorted(everyone)

    @pytest.mark.parametrize("cursor", ["!", "WzEsMl0", "WyJ4IiwieSJd"])
    def test_a_foreign_mark_is_refused(self, scene: Scene, cursor: str) -> None:
        with reading() as session, pytest.raises(InvalidInput):
            experts.saved_page(session, scene.viewer("client"), cursor=cursor)

    def test_who_is_hidden_comes_back(self, scene: Scene, everyone: list[UUID]) -> None:
        client, admin = scene.viewer("client"), scene.viewer("admin")
        for one in everyone[:2]:
            experts.save(one, client)
        experts.suspend(everyone[0], "a test", admin)
        assert saved(client) == [everyone[1]]
        experts.save(everyone[0], client)  # is in the list already, shown or not
        experts.reinstate(everyone[0], admin)
        assert set(saved(client)) == set(everyone[:2])

    def test_who_is_hidden_cannot_be_added(self, scene: Scene, everyone: list[UUID]) -> None:
        experts.suspend(everyone[0], "a test", scene.viewer("admin"))
        for one in (everyone[0], ids.new()):
            with pytest.raises(experts.ExpertNotFound):
                experts.save(one, scene.viewer("client"))

    def test_nobody_has_no_list(self, everyone: list[UUID]) -> None:
        for act in (experts.save, experts.unsave):
            with pytest.raises(NotSignedIn):
                act(everyone[0], Viewer.nobody())
        assert saved(Viewer.nobody()) == []

    def test_a_full_list_says_so(
        self, scene: Scene, everyone: list[UUID], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(saving, "MAX_SAVED", 2)
        client = scene.viewer("client")
        for one in everyone[:2]:
            experts.save(one, client)
        with pytest.raises(experts.TooManySaved) as refusal:
            experts.save(everyone[2], client)
        assert refusal.value.values == {"limit": 2}
        experts.save(everyone[0], client)
        experts.unsave(everyone[0], client)
        experts.save(everyone[2], client)
        assert set(saved(client)) == {everyone[1], everyone[2]}

    def test_many_at_once_never_pass_the_limit(
        self, scene: Scene, everyone: list[UUID], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(saving, "MAX_SAVED", 3)
        client, gate = scene.viewer("client"), threading.Barrier(2 * MANY)

        def press(one: UUID) -> bool:
            with serving(scene.tenant):
                gate.wait()
                try:
                    experts.save(one, client)
                except experts.TooManySaved:
                    return False
                return True

        with ThreadPoolExecutor(2 * MANY) as pool:
            done = list(pool.map(press, [*everyone, *everyone]))
        assert len(saved(client)) == len(rows()) == 3
        assert sum(done) == 6  # each of the three was pressed twice

    def test_it_costs_the_same_however_many(
        self, scene: Scene, everyone: list[UUID], count_queries: Callable[[Session], object]
    ) -> None:
        client, counts = scene.viewer("client"), []
        for one in everyone:
            experts.save(one, client)
            with reading() as session, count_queries(session) as counted:  # type: ignore[attr-defined]
                experts.saved_page(session, client)
                experts.saved_among(session, client, everyone)
                counts.append(counted())
        assert set(counts) == {2}


class TestSigningIn:
    def test_what_a_browser_saved_is_its_persons(
        self, scene: Scene, everyone: list[UUID], deliver: Callable[[], int]
    ) -> None:
        visitor = browser()
        for one in everyone[:2]:
            experts.save(one, visitor)
        experts.save(everyone[2], scene.viewer("client"))
        signed_in = claim(visitor, scene.client)
        assert set(saved(signed_in)) == set(everyone[:3])  # at once, whatever the relay does
        assert saved(scene.viewer("client")) == [everyone[2]]
        deliver()
        assert set(saved(scene.viewer("client"))) == set(everyone[:3])
        assert visitor.session_id
        service.take_over_saved(visitor.session_id, scene.client)  # a repeat
        assert rows() == [(scene.client, None)] * 3

    def test_what_both_saved_is_there_once(
        self, scene: Scene, everyone: list[UUID], deliver: Callable[[], int]
    ) -> None:
        visitor = browser()
        experts.save(everyone[0], visitor)
        experts.save(everyone[0], scene.viewer("client"))
        signed_in = claim(visitor, scene.client)
        assert saved(signed_in) == [everyone[0]]
        experts.unsave(everyone[0], signed_in)
        assert saved(signed_in) == []
        deliver()
        assert rows() == []

    def test_a_press_that_was_under_way_goes_to_the_person(
        self, scene: Scene, everyone: list[UUID]
    ) -> None:
        visitor = browser()
        claim(visitor, scene.client)
        experts.save(everyone[0], visitor)  # the request began before the log-in
        assert rows() == [(scene.client, None)]
        experts.unsave(everyone[0], visitor)
        assert rows() == []

    def test_a_full_list_stays_and_takes_the_latest_that_fit(
        self,
        scene: Scene,
        everyone: list[UUID],
        deliver: Callable[[], int],
        clock_forward: Callable[[timedelta], None],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(saving, "MAX_SAVED", 3)
        visitor = browser()
        for one in everyone[:2]:
            experts.save(one, scene.viewer("client"))
        for one in everyone[2:]:
            experts.save(one, visitor)
            clock_forward(timedelta(seconds=1))
        claim(visitor, scene.client)
        deliver()
        assert set(saved(scene.viewer("client"))) == {*everyone[:2], everyone[-1]}
        assert len(rows()) == 3

    def test_an_ended_session_saves_nothing(self, everyone: list[UUID]) -> None:
        visitor = browser()
        identity.log_out(visitor)
        with pytest.raises(identity.SessionNotFound):
            experts.save(everyone[0], visitor)

    def test_what_was_left_behind_is_forgotten(
        self, scene: Scene, everyone: list[UUID], clock_forward: Callable[[timedelta], None]
    ) -> None:
        experts.save(everyone[0], browser())
        experts.save(everyone[1], scene.viewer("client"))
        clock_forward(timedelta(days=36))
        assert service.forget_left_behind() == 0
        clock_forward(timedelta(days=2))
        assert service.forget_left_behind() == 1
        assert rows() == [(scene.client, None)]


class TestPrograms:
    @pytest.fixture
    def program(self, app: Flask, scene: Scene) -> Program:
        made = Program(app, scene.tenant)
        body = {"email": scene.emails["client"], "password": PASSWORD}
        made.bearer = made("POST", "sessions", json=body).get_json()["access_token"]
        return made

    def test_a_list_is_kept_by_calls_that_may_be_repeated(
        self, program: Program, everyone: list[UUID]
    ) -> None:
        for _ in range(2):
            assert program("PUT", f"saved-experts/{everyone[0]}").status_code == 204
        program("PUT", f"saved-experts/{everyone[1]}")
        page = program("GET", "saved-experts?limit=1").get_json()
        assert [one["expert"]["id"] for one in page["items"]] == [str(everyone[1])]
        assert page["items"][0]["saved_at"].endswith(("Z", "+00:00"))
        rest = program("GET", f"saved-experts?cursor={page['next_cursor']}").get_json()
        assert [one["expert"]["id"] for one in rest["items"]] == [str(everyone[0])]
        assert rest["next_cursor"] is None
        for _ in range(2):
            assert program("DELETE", f"saved-experts/{everyone[0]}").status_code == 204
        assert len(program("GET", "saved-experts").get_json()["items"]) == 1

    def test_what_is_refused(
        self,
        app: Flask,
        program: Program,
        scene: Scene,
        everyone: list[UUID],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        assert code(program("PUT", f"saved-experts/{ids.new()}")) == (404, "expert_not_found")
        assert program("PUT", "saved-experts/nobody").status_code == 404
        assert code(program("GET", "saved-experts?cursor=x")) == (422, "invalid_input")
        monkeypatch.setattr(saving, "MAX_SAVED", 0)
        full = program("PUT", f"saved-experts/{everyone[0]}")
        assert code(full) == (409, "too_many_saved")
        anybody = Program(app, scene.tenant)
        for method, path in (
            ("GET", ""),
            ("PUT", f"/{everyone[0]}"),
            ("DELETE", f"/{everyone[0]}"),
        ):
            assert code(anybody(method, f"saved-experts{path}")) == (401, "not_signed_in")
