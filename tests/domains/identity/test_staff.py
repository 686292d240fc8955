from __future__ import annotations

import threading
from uuid import UUID

import pytest
from tests.domains.identity.conftest import Emitted, logged_in, of_cookie

from cilis.domains import identity
from cilis.domains.identity import Person, PersonStatus, Role, StaffChanges
from cilis.infra import audit
from cilis.infra.db import reading, transaction
from cilis.infra.tenancy import Tenant, serving
from cilis.kit import ids
from cilis.kit.errors import DomainError, Forbidden, InvalidInput
from cilis.kit.viewer import Viewer

WHY = "asked for by mail"
ADMIN = frozenset({"admin"})
CLIENT = frozenset({Role.CLIENT})


def admin(name: str) -> Viewer:
    with transaction() as session:
        person_id = identity.import_person(
            session, email=f"{name}@example.vn", name=name, roles=["admin"]
        )
    return Viewer(person_id, ids.new(), ADMIN)


@pytest.fixture
def lan(tenant: Tenant) -> Viewer:
    del tenant
    return admin("lan")


def lines_about(person_id: UUID) -> list[audit.Line]:
    with reading() as session:
        return list(audit.of_person(session, person_id).items)


def suspend(person_id: UUID, viewer: Viewer) -> Person:
    return identity.change_person(
        person_id, StaffChanges(status=PersonStatus.SUSPENDED, reason=WHY), viewer
    )


def test_a_suspended_person_is_out_and_may_come_back(hoa: Person, lan: Viewer) -> None:
    token, _ = logged_in()
    suspend(hoa.id, lan)
    assert of_cookie(token) is None
    with pytest.raises(identity.PersonSuspended):
        logged_in()

    again = StaffChanges(status=PersonStatus.ACTIVE, reason="a mistake")
    identity.change_person(hoa.id, again, lan)
    assert of_cookie(token) is None
    assert logged_in()[1].person_id == hoa.id
    told = {line.action: line.detail for line in lines_about(hoa.id)}
    assert told["identity.person_suspended"] == {"reason": WHY}
    assert told["identity.person_reopened"] == {"reason": "a mistake"}


def test_roles_count_at_the_next_request(hoa: Person, lan: Viewer) -> None:
    token, _ = logged_in()
    roles = frozenset({Role.CLIENT, Role.SUPPORT})
    identity.change_person(hoa.id, StaffChanges(roles=roles, reason=WHY), lan)

    seen = of_cookie(token)
    assert seen is not None
    assert seen.roles == {"client", "support"}
    line = next(one for one in lines_about(hoa.id) if one.action == "identity.roles_changed")
    assert line.actor_id == lan.person_id
    assert line.detail == {"before": ["client"], "after": ["client", "support"], "reason": WHY}


def test_what_is_so_already_is_not_written_down(hoa: Person, lan: Viewer, emitted: Emitted) -> None:
    before, events = len(lines_about(hoa.id)), len(emitted())
    identity.change_person(
        hoa.id, StaffChanges(roles=CLIENT, status=PersonStatus.ACTIVE, reason=WHY), lan
    )
    assert (len(lines_about(hoa.id)), len(emitted())) == (before, events)


@pytest.mark.parametrize(
    "changes",
    [
        StaffChanges(status=PersonStatus.SUSPENDED),
        StaffChanges(status=PersonStatus.SUSPENDED, reason="  "),
        StaffChanges(roles=frozenset(), reason=WHY),
    ],
)
def test_needs_a_reason_and_a_role(hoa: Person, lan: Viewer, changes: StaffChanges) -> None:
    with pytest.raises(InvalidInput):
        identity.change_person(hoa.id, changes, lan)


def test_only_admins_do_it(hoa: Person, lan: Viewer) -> None:
    support = Viewer(ids.new(), ids.new(), frozenset({"support"}))
    for act in (
        lambda: suspend(hoa.id, support),
        lambda: identity.end_sessions_of(hoa.id, support),
        lambda: identity.end_session_of(hoa.id, ids.new(), support),
    ):
        with pytest.raises(Forbidden):
            act()


def test_nobody_takes_their_own_rights_but_may_take_more(lan: Viewer) -> None:
    admin("khoa")
    with pytest.raises(identity.NotOnYourself):
        suspend(lan.person, lan)
    with pytest.raises(identity.NotOnYourself):
        identity.change_person(lan.person, StaffChanges(roles=CLIENT, reason=WHY), lan)
    more = StaffChanges(roles=frozenset({Role.ADMIN, Role.EXPERT}), reason=WHY)
    assert identity.change_person(lan.person, more, lan).roles == {"admin", "expert"}


def test_the_last_admin_stays(lan: Viewer) -> None:
    other = admin("khoa")
    suspend(lan.person, other)
    # A forged viewer: no session of a suspended admin gets this far.
    with pytest.raises(identity.LastAdmin):
        identity.change_person(other.person, StaffChanges(roles=CLIENT, reason=WHY), lan)
    with pytest.raises(identity.LastAdmin):
        suspend(other.person, lan)


def test_two_admins_who_end_each_other_at_once_leave_one(lan: Viewer, tenant: Tenant) -> None:
    for round_ in range(4):
        other = admin(f"khoa{round_}")
        start = threading.Barrier(2)
        refused: list[DomainError] = []

        def end(
            who: Viewer, by: Viewer, start: threading.Barrier, refused: list[DomainError]
        ) -> None:
            with serving(tenant):
                start.wait()
                try:
                    suspend(who.person, by)
                except DomainError as refusal:
                    refused.append(refusal)

        pairs = ((lan, other), (other, lan))
        threads = [threading.Thread(target=end, args=(*pair, start, refused)) for pair in pairs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [type(one) for one in refused] == [identity.LastAdmin]
        with reading() as session:
            left = identity.with_role(session, Role.ADMIN)
        assert len(left) == 1
        lan = Viewer(left[0].id, ids.new(), ADMIN)


def test_sessions_are_ended_one_or_all(hoa: Person, lan: Viewer, emitted: Emitted) -> None:
    first, viewer = logged_in()
    second, _ = logged_in()
    assert viewer.session_id is not None
    identity.end_session_of(hoa.id, viewer.session_id, lan)
    assert (of_cookie(first), of_cookie(second) is None) == (None, False)
    with pytest.raises(identity.SessionNotFound):
        identity.end_session_of(hoa.id, viewer.session_id, lan)

    assert identity.end_sessions_of(hoa.id, lan) == 1
    assert of_cookie(second) is None
    ended = [event for event in emitted() if isinstance(event, identity.SessionEnded)]
    assert {event.reason for event in ended} == {identity.EndReason.ENDED_BY_STAFF}
    with reading() as session:
        asked = {event.session_id for event in ended}
        assert not identity.roles_by_session(session, asked | {ids.new()})
        assert identity.sessions_of_person(session, hoa.id) == []


def test_an_admin_who_ends_all_own_sessions_stays_here(hoa: Person, lan: Viewer) -> None:
    with transaction() as session:
        identity.add_role(session, hoa.id, "admin")
    token, viewer = logged_in()
    logged_in()
    assert identity.end_sessions_of(hoa.id, viewer) == 1
    assert of_cookie(token) is not None


def test_facts_come_in_pages(hoa: Person, lan: Viewer) -> None:
    with reading() as session:
        first = identity.facts_page(session, None, 1)
        rest = identity.facts_page(session, first[0].id, 10)
    assert {fact.id for fact in (*first, *rest)} == {hoa.id, lan.person_id}
    assert [fact.roles for fact in rest if fact.id == lan.person_id] == [ADMIN]
