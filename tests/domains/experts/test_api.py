from __future__ import annotations

import io
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from tests.domains.experts.conftest import PDF, expert_id, fill_in, png, submitted
from werkzeug.test import TestResponse

from cilis.domains import experts
from cilis.domains.tenants import Organization
from cilis.infra import db
from cilis.infra.tenancy import Tenant
from cilis.kit.viewer import Viewer
from cilis.testing.fixtures import Browser, Cast

APPLICATION = {
    "name": "Trần Quang Minh",
    "time_zone": "Asia/Ho_Chi_Minh",
    "languages": ["vi"],
    "country": "VN",
}
SERVICE = {"names": {"vi": "Tư vấn"}, "minutes": 45, "price_minor": 550_000}


class Program:
    """A program that calls the API of one tenant as one person."""

    def __init__(self, app: Flask, tenant: Tenant, name: str = "", password: str = "") -> None:
        self.client = FlaskClient(app, TestResponse)
        self.host = tenant.host
        self.bearer = ""
        if name:
            body = {"email": f"{name}@example.vn", "password": password}
            self.bearer = self("POST", "sessions", json=body).get_json()["access_token"]

    def __call__(self, method: str, path: str, **more: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.bearer}"} if self.bearer else {}
        return self.client.open(
            f"/api/v1/{path}",
            method=method,
            base_url=f"http://{self.host}",
            headers={**headers, **more.pop("headers", {})},
            **more,
        )


@pytest.fixture
def as_minh(app: Flask, tenant: Tenant, cast: Cast, organization: Organization) -> Program:
    return Program(app, tenant, "minh", cast.password)


@pytest.fixture
def as_lan(app: Flask, tenant: Tenant, cast: Cast) -> Program:
    return Program(app, tenant, "lan", cast.password)


@pytest.fixture
def as_hoa(app: Flask, tenant: Tenant, cast: Cast) -> Program:
    return Program(app, tenant, "hoa", cast.password)


@pytest.fixture
def anybody(app: Flask, tenant: Tenant) -> Program:
    return Program(app, tenant)


def code(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, (answer.get_json() or {}).get("code", "")


def field_codes(answer: TestResponse) -> dict[str, str]:
    return {problem["field"]: problem["code"] for problem in answer.get_json()["errors"]}


def test_from_the_application_to_the_public_page(
    as_minh: Program, as_lan: Program, anybody: Program, tax: experts.Topic
) -> None:
    key = {"Idempotency-Key": "nộp-đơn-1".encode().hex()}
    first = as_minh("POST", "experts", json=APPLICATION, headers=key)
    again = as_minh("POST", "experts", json=APPLICATION, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.get_json()["id"] == first.get_json()["id"]
    assert code(as_minh("POST", "experts", json=APPLICATION)) == (409, "already_expert")

    changed = as_minh(
        "PATCH",
        "experts/me",
        json={
            "headline": {"vi": "Thuế"},
            "biography": {"vi": "Mười năm."},
            "topic_ids": [str(tax.id)],
            "experience": [{"from": 2012, "title": {"vi": "Cục Thuế"}}],
        },
    )
    assert changed.status_code == 200, changed.text
    assert as_minh("POST", "experts/me/services", json=SERVICE).get_json()["price"] == {
        "minor": 550_000,
        "currency": "VND",
    }
    paper = as_minh(
        "POST",
        "experts/me/documents",
        data={
            "kind": "degree",
            "file": (io.BytesIO(PDF), "bằng cấp.pdf"),
        },
    )
    assert paper.status_code == 201, paper.text
    sent = as_minh("POST", "experts/me/verification")
    assert (sent.status_code, sent.get_json()["missing"]) == (201, [])

    assert anybody("GET", "experts/tran-quang-minh").status_code == 404
    (item,) = as_lan("GET", "verifications").get_json()["items"]
    assert item["expert"]["name"] == "Trần Quang Minh"
    decided = as_lan("POST", f"verifications/{item['id']}/decisions", json={"decision": "approve"})
    assert (decided.status_code, decided.get_json()["state"]) == (201, "approved")
    assert code(
        as_lan("POST", f"verifications/{item['id']}/decisions", json={"decision": "approve"})
    ) == (409, "already_decided")

    shown = anybody("GET", "experts/tran-quang-minh").get_json()
    assert shown["verified"] is True
    assert [proof["kind"] for proof in shown["proofs"]] == ["degree"]
    assert "person_id" not in shown


def test_a_paper_is_only_ever_saved(
    as_minh: Program, as_lan: Program, as_hoa: Program, minh: Viewer, tax: experts.Topic
) -> None:
    made = submitted(minh, tax)
    with db.reading() as session:
        (paper,) = experts.documents_of(session, experts.mine(session, minh).id)

    own = as_minh("GET", f"experts/me/documents/{paper.id}")
    staff = as_lan("GET", f"verifications/{made}/documents/{paper.id}")
    for answer in (own, staff):
        assert answer.data == PDF
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert "no-store" in answer.headers["Cache-Control"]
    assert as_hoa("GET", f"experts/me/documents/{paper.id}").status_code == 403
    assert as_hoa("GET", f"verifications/{made}/documents/{paper.id}").status_code == 403
    elsewhere = as_lan("GET", f"verifications/{UUID(int=7)}/documents/{paper.id}")
    assert elsewhere.status_code == 404


def test_browsers_read_papers_behind_their_cookie(
    browser_client: Browser, minh: Viewer, tax: experts.Topic, cast: Cast
) -> None:
    fill_in(minh, tax)
    with db.reading() as session:
        (paper,) = experts.documents_of(session, experts.mine(session, minh).id)
    path = f"/verification-documents/{paper.id}"
    assert browser_client.get(path).status_code in {302, 303}
    for name, status in (("hoa", 404), ("minh", 200), ("lan", 200)):
        email = f"{name}@example.vn"
        browser_client.submit("/log-in", email=email, password=cast.password)
        answer = browser_client.get(path)
        assert answer.status_code == status, name
        if status == 200:
            assert answer.headers["Content-Disposition"].startswith("attachment")
            assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_mass_assignment_and_nonsense_are_refused(as_minh: Program, minh: Viewer) -> None:
    for extra in ("state", "verified_at", "rating_sum", "person_id", "id", "slug"):
        answer = as_minh("PATCH", "experts/me", json={extra: "x"})
        assert field_codes(answer) == {extra: "unknown_field"}
    answer = as_minh("POST", "experts/me/services", json={**SERVICE, "currency": "USD"})
    assert field_codes(answer) == {"currency": "unknown_field"}
    for price in (-1, 0.5, "550000", 2**63 - 1, None, True):
        answer = as_minh("POST", "experts/me/services", json={**SERVICE, "price_minor": price})
        assert answer.status_code == 422, price


def test_a_client_is_no_expert(as_hoa: Program, anybody: Program) -> None:
    assert as_hoa("GET", "experts/me").status_code == 403
    assert anybody("GET", "experts/me").status_code == 401
    assert anybody("POST", "experts", json=APPLICATION).status_code == 401


def test_topics_are_everybodys_to_read_and_the_admins_to_change(
    as_lan: Program, as_hoa: Program, anybody: Program, organization: Organization
) -> None:
    body = {"slug": "luat", "names": {"vi": "Luật"}, "aliases": ["luật sư"]}
    assert as_hoa("POST", "topics", json=body).status_code == 403
    made = as_lan("POST", "topics", json=body).get_json()
    assert made["aliases"] == ["luật sư"]
    changed = as_lan("PUT", f"topics/{made['id']}", json={**body, "slug": "phap-luat"})
    assert changed.get_json()["slug"] == "phap-luat"
    assert [one["slug"] for one in anybody("GET", "topics").get_json()["items"]] == ["phap-luat"]
    assert field_codes(as_lan("POST", "topics", json={**body, "slug": "A b"})) == {
        "slug": "not_a_slug"
    }
    assert as_lan("DELETE", f"topics/{made['id']}").status_code == 204
    assert code(as_lan("DELETE", f"topics/{made['id']}")) == (404, "topic_not_found")


def test_the_picture(as_minh: Program, minh: Viewer) -> None:
    set_one = as_minh("PUT", "experts/me/picture", data={"picture": (io.BytesIO(png()), "a.png")})
    assert set_one.get_json()["picture_url"].startswith("/media/")
    bad = as_minh("PUT", "experts/me/picture", data={"picture": (io.BytesIO(b"GIF89a"), "a.gif")})
    assert field_codes(bad) == {"picture": "not_a_picture"}


def test_suspension(as_lan: Program, as_minh: Program, minh: Viewer, tax: experts.Topic) -> None:
    made = submitted(minh, tax)
    as_lan("POST", f"verifications/{made}/decisions", json={"decision": "approve"})
    place = f"experts/{expert_id(minh)}/suspension"
    assert as_minh("PUT", place, json={"reason": "tự khóa"}).status_code == 403
    assert as_lan("PUT", place, json={"reason": "Khiếu nại"}).status_code == 204
    assert code(as_lan("PUT", place, json={"reason": "Khiếu nại"})) == (409, "expert_state")
    assert as_lan("DELETE", place).status_code == 204


def test_another_organization_sees_nothing(
    app: Flask, other_tenant: Tenant, cast: Cast, minh: Viewer, tax: experts.Topic
) -> None:
    made = submitted(minh, tax)
    with db.reading() as session:
        (paper,) = experts.documents_of(session, experts.mine(session, minh).id)
    khang = Program(app, other_tenant, "khang", cast.password)
    for path in (
        "experts/tran-quang-minh",
        f"experts/{expert_id(minh)}",
        f"verifications/{made}",
        f"verifications/{made}/documents/{paper.id}",
        f"experts/me/documents/{paper.id}",
    ):
        assert khang("GET", path).status_code == 404, path
    assert khang("GET", "topics").get_json() == {"items": []}
    assert khang("GET", "verifications").get_json()["items"] == []


def test_the_tree_is_shaped_by_programs_too(
    as_lan: Program, as_hoa: Program, organization: Organization
) -> None:
    law, tax = (
        as_lan("POST", "topics", json={"names": {"vi": name}}).get_json()
        for name in ("Luật", "Thuế")
    )
    assert (law["slug"], law["position"], tax["position"]) == ("luat", 0, 1)
    moved = as_lan("PUT", f"topics/{tax['id']}/place", json={"parent_id": law["id"], "place": 0})
    assert moved.get_json()["parent_id"] == law["id"]
    assert as_hoa("PUT", f"topics/{tax['id']}/place", json={"place": 0}).status_code == 403
    in_use = as_lan("DELETE", f"topics/{law['id']}")
    assert code(in_use) == (409, "topic_in_use")
    circle = as_lan("POST", f"topics/{law['id']}/mergers", json={"into_id": tax["id"]})
    assert field_codes(circle) == {"into_id": "would_be_circle"}
    key = {"Idempotency-Key": "gop-1"}
    for replayed in (None, "true"):
        kept = as_lan(
            "POST", f"topics/{tax['id']}/mergers", json={"into_id": law["id"]}, headers=key
        )
        assert (kept.status_code, kept.get_json()["aliases"]) == (201, ["Thuế"])
        assert kept.headers.get("Idempotent-Replayed") == replayed
    assert (
        as_hoa("POST", f"topics/{law['id']}/mergers", json={"into_id": law["id"]}).status_code
        == 403
    )


def test_services_in_order_and_in_person(as_minh: Program, minh: Viewer) -> None:
    refused = as_minh("POST", "experts/me/services", json={**SERVICE, "mode": "in_person"})
    assert field_codes(refused) == {"place": "required"}
    body = {**SERVICE, "mode": "in_person", "place": "12 Lê Lợi"}
    made = [
        as_minh("POST", "experts/me/services", json=wish).get_json() for wish in (SERVICE, body)
    ]
    assert [(one["mode"], one["place"]) for one in made] == [
        ("video", ""),
        ("in_person", "12 Lê Lợi"),
    ]
    order = {"ids": [made[1]["id"], made[0]["id"]]}
    shown = as_minh("PUT", "experts/me/services/order", json=order).get_json()["items"]
    assert [one["id"] for one in shown] == order["ids"]
    foreign = as_minh("PUT", "experts/me/services/order", json={"ids": [str(UUID(int=7))]})
    assert code(foreign) == (404, "service_not_found")


def test_withdrawing_an_application(
    as_minh: Program, as_lan: Program, minh: Viewer, tax: experts.Topic
) -> None:
    assert code(as_minh("DELETE", "experts/me/verification")) == (409, "nothing_open")
    submitted(minh, tax)
    gone = as_minh("DELETE", "experts/me/verification").get_json()
    assert (gone["latest"]["state"], gone["missing"], gone["advised"]) == (
        "withdrawn",
        [],
        ["picture"],
    )
    assert as_lan("GET", "verifications").get_json()["items"] == []
    (item,) = as_lan("GET", "verifications?state=withdrawn&words=minh").get_json()["items"]
    assert item["expert"]["name"] == "Trần Quang Minh"
