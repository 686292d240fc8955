from __future__ import annotations

from uuid import UUID

import pytest
from flask import Flask
from tests.domains.experts.test_api import Program, code, field_codes
from tests.domains.reviews.conftest import expert_of, session_with

from cilis.domains import bookings, reviews
from cilis.infra.tenancy import Tenant
from cilis.kit import ids
from cilis.kit.viewer import Viewer
from cilis.testing.fixtures import Cast


@pytest.fixture
def as_hoa(app: Flask, tenant: Tenant, cast: Cast) -> Program:
    return Program(app, tenant, "hoa", cast.password)


@pytest.fixture
def anybody(app: Flask, tenant: Tenant) -> Program:
    return Program(app, tenant)


def test_after_a_session(as_hoa: Program, anybody: Program, minh: Viewer, hoa: Viewer) -> None:
    booking = session_with(minh, hoa)
    body = {"booking_id": str(booking), "stars": 5, "text": "Rõ ràng.", "marks": {"clarity": 4}}
    assert anybody("POST", "reviews", json=body).status_code == 401
    made = as_hoa("POST", "reviews", json=body)
    assert made.status_code == 201, made.text
    assert code(as_hoa("POST", "reviews", json=body)) == (409, "already_reviewed")

    query = {"expert_id": str(expert_of(minh))}
    (shown,) = anybody("GET", "reviews", query_string=query).get_json()["items"]
    assert (shown["text"], shown["author_label"]) == ("Rõ ràng.", "Hoa")
    assert not {"client_id", "booking_id"} & set(shown)
    counted = anybody("GET", "reviews/distribution", query_string=query).get_json()
    assert (counted["total"], counted["average"], counted["counts"]["5"]) == (1, 5.0, 1)
    assert as_hoa("POST", f"reviews/{shown['id']}/replies", json={"text": "x"}).status_code == 403


def test_a_repeat_with_the_same_key_is_one_review(
    as_hoa: Program, minh: Viewer, hoa: Viewer
) -> None:
    body = {"booking_id": str(session_with(minh, hoa)), "stars": 5}
    key = {"Idempotency-Key": "danh-gia-1"}
    answers = [as_hoa("POST", "reviews", json=body, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].get_json() == answers[1].get_json()


def test_nonsense(as_hoa: Program, anybody: Program, minh: Viewer, hoa: Viewer) -> None:
    booking = str(session_with(minh, hoa))
    answer = as_hoa("POST", "reviews", json={"booking_id": booking, "stars": 9, "client_id": "x"})
    assert field_codes(answer) == {"stars": "out_of_range", "client_id": "unknown_field"}
    unknown = {"booking_id": str(ids.new()), "stars": 5}
    assert code(as_hoa("POST", "reviews", json=unknown)) == (404, "booking_not_found")
    query = {"expert_id": str(ids.new())}
    assert code(anybody("GET", "reviews", query_string=query)) == (404, "expert_not_found")


def test_a_review_is_changed_until_it_is_answered(
    as_hoa: Program, anybody: Program, app: Flask, tenant: Tenant, minh: Viewer, hoa: Viewer
) -> None:
    body = {"booking_id": str(session_with(minh, hoa)), "stars": 2}
    made = as_hoa("POST", "reviews", json=body).get_json()
    change = {"stars": 5, "text": "Đọc lại mới hiểu", "marks": {"clarity": 4}}
    assert anybody("PUT", f"reviews/{made['id']}", json=change).status_code == 401
    changed = as_hoa("PUT", f"reviews/{made['id']}", json=change).get_json()
    assert (changed["stars"], changed["marks"]) == (5, {"clarity": 4})
    assert changed["edited_at"] is not None
    query = {"expert_id": str(expert_of(minh))}
    counted = anybody("GET", "reviews/distribution", query_string=query).get_json()
    assert (counted["average"], counted["aspects"]) == (5.0, {"clarity": 4.0})
    unanswered = {**query, "unanswered": "true", "stars": 5}
    assert len(anybody("GET", "reviews", query_string=unanswered).get_json()["items"]) == 1
    reviews.answer(UUID(made["id"]), "Cảm ơn", minh)
    assert anybody("GET", "reviews", query_string=unanswered).get_json()["items"] == []
    late = as_hoa("PUT", f"reviews/{made['id']}", json=change)
    assert code(late) == (409, "review_edit_over")
    unknown = as_hoa("PUT", f"reviews/{ids.new()}", json=change)
    assert code(unknown) == (404, "review_not_found")


@pytest.mark.parametrize("state", ["confirmed", "cancelled", "no_show", "pending"])
def test_without_a_session_it_is_refused(
    as_hoa: Program, minh: Viewer, hoa: Viewer, state: str
) -> None:
    booking = session_with(minh, hoa, bookings.BookingState(state))
    answer = as_hoa("POST", "reviews", json={"booking_id": str(booking), "stars": 5})
    assert code(answer) == (409, "not_reviewable")
