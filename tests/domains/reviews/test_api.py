from __future__ import annotations

import pytest
from flask import Flask
from tests.domains.experts.test_api import Program, code, field_codes
from tests.domains.reviews.conftest import expert_of, session_with

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
