from __future__ import annotations

import io
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from tests.domains.identity.conftest import CALLER, PASSWORD, Emitted, last, secret_of
from werkzeug.test import TestResponse

from cilis.domains import identity
from cilis.infra.tenancy import Tenant, serving
from cilis.kit import ids
from cilis.testing.fixtures import Cast


class Program:
    """A program that calls the API of one tenant: no cookies, no Origin."""

    def __init__(self, app: Flask, tenant: Tenant) -> None:
        self.client = FlaskClient(app, TestResponse)
        self.host = tenant.host
        self.bearer = ""

    def __call__(self, method: str, path: str, **more: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.bearer}"} if self.bearer else {}
        return self.client.open(
            f"/api/v1/{path}",
            method=method,
            base_url=f"http://{self.host}",
            headers={**headers, **more.pop("headers", {})},
            **more,
        )

    def log_in(self, name: str, password: str) -> dict[str, Any]:
        body = {"email": f"{name}@example.vn", "password": password}
        answer = self("POST", "sessions", json=body)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.get_json()
        self.bearer = found["access_token"]
        return found


@pytest.fixture
def call(app: Flask, tenant: Tenant) -> Program:
    return Program(app, tenant)


@pytest.fixture
def as_hoa(call: Program, cast: Cast) -> Program:
    call.log_in("hoa", cast.password)
    return call


def code(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, (answer.get_json() or {}).get("code", "")


def field_codes(answer: TestResponse) -> dict[str, str]:
    return {problem["field"]: problem["code"] for problem in answer.get_json()["errors"]}


class TestPeople:
    def test_registering(self, call: Program) -> None:
        body = {"name": "Bảo", "email": "bao@example.vn", "password": PASSWORD}
        answer = call("POST", "people", json=body)

        assert answer.status_code == 201
        shown = answer.get_json()
        assert (shown["name"], shown["roles"]) == ("Bảo", ["client"])
        assert shown["email_verified"] is False
        assert "password" not in answer.text
        assert field_codes(call("POST", "people", json=body)) == {"email": "email_taken"}

    def test_registering_again_with_the_same_key_answers_the_same(self, call: Program) -> None:
        body = {"name": "Bảo", "email": "bao@example.vn", "password": PASSWORD}
        key = {"Idempotency-Key": "sign-up-1"}
        first = call("POST", "people", json=body, headers=key)
        second = call("POST", "people", json=body, headers=key)

        assert (first.status_code, second.status_code) == (201, 201)
        assert first.get_json() == second.get_json()

    @pytest.mark.parametrize(
        ("more", "wrong"),
        [
            ({"roles": ["admin"]}, "roles"),
            ({"id": str(ids.new())}, "id"),
            ({"is_admin": True}, "is_admin"),
            ({"status": "active"}, "status"),
            ({"email": "no address"}, "email"),
            ({"email": "a\x00@example.vn"}, "email"),
            ({"name": ""}, "name"),
            ({"name": "x" * 121}, "name"),
            ({"name": "\u202eevil"}, "name"),
            ({"name": None}, "name"),
            ({"name": 7}, "name"),
            ({"password": "7 chars"}, "password"),
            ({"password": "x" * 1_000_000}, "password"),
            ({"password": ["a"]}, "password"),
        ],
    )
    def test_bad_input_is_refused_by_field(
        self, call: Program, more: dict[str, Any], wrong: str
    ) -> None:
        body = {"name": "Bảo", "email": "bao@example.vn", "password": PASSWORD, **more}
        answer = call("POST", "people", json=body)

        assert answer.status_code == 422
        assert list(field_codes(answer)) == [wrong]

    def test_text_that_is_none_is_refused(self, call: Program) -> None:
        body = b'{"name": "B", "email": "b@example.vn", "password": "\\ud800 lone surrogate"}'
        answer = call("POST", "people", data=body, headers={"Content-Type": "application/json"})

        assert answer.status_code in {400, 422}

    def test_oneself(self, as_hoa: Program, cast: Cast) -> None:
        assert as_hoa("GET", "people/me").get_json()["id"] == str(cast.hoa)
        assert as_hoa("GET", f"people/{cast.hoa}").status_code == 200
        wish = {"name": "Hoa Lê", "time_zone": "Europe/Berlin"}
        changed = as_hoa("PATCH", "people/me", json=wish)
        assert changed.get_json()["name"] == "Hoa Lê"
        assert field_codes(as_hoa("PATCH", "people/me", json={"roles": ["admin"]})) == {
            "roles": "unknown_field"
        }

    def test_others_are_for_staff_only(
        self, as_hoa: Program, cast: Cast, app: Flask, tenant: Tenant
    ) -> None:
        assert code(as_hoa("GET", f"people/{cast.lan}")) == (404, "person_not_found")
        assert code(as_hoa("GET", f"people/{cast.khang}")) == (404, "person_not_found")
        assert code(as_hoa("GET", "people")) == (403, "forbidden")
        assert as_hoa("PATCH", f"people/{cast.hoa}", json={"roles": ["admin"]}).status_code == 403

        lan = Program(app, tenant)
        lan.log_in("lan", cast.password)
        names = [person["name"] for person in lan("GET", "people").get_json()["items"]]
        assert names == ["Hoa", "Lan", "Minh"]
        only = lan("GET", "people?role=expert&limit=1").get_json()
        assert [person["name"] for person in only["items"]] == ["Minh"]
        assert lan("GET", "people?limit=1000").status_code == 422
        assert lan("GET", "people?cursor=x").status_code == 422

    def test_an_admin_suspends_and_the_next_request_is_out(
        self, as_hoa: Program, cast: Cast, app: Flask, tenant: Tenant
    ) -> None:
        lan = Program(app, tenant)
        lan.log_in("lan", cast.password)
        body = {"status": "suspended", "reason": "asked for by mail"}
        assert lan("PATCH", f"people/{cast.hoa}", json={"status": "suspended"}).status_code == 422
        assert lan("PATCH", f"people/{cast.hoa}", json=body).get_json()["status"] == "suspended"

        assert code(as_hoa("GET", "people/me")) == (401, "not_signed_in")
        assert code(lan("PATCH", f"people/{cast.lan}", json=body)) == (403, "not_on_yourself")
        assert code(lan("PATCH", f"people/{cast.khang}", json=body)) == (404, "person_not_found")

    def test_an_admin_sees_and_ends_sessions(
        self, as_hoa: Program, cast: Cast, app: Flask, tenant: Tenant
    ) -> None:
        lan = Program(app, tenant)
        lan.log_in("lan", cast.password)
        again = Program(app, tenant)
        again.log_in("hoa", cast.password)
        path = f"people/{cast.hoa}/sessions"
        listed = lan("GET", path).get_json()["items"]
        assert len(listed) == 2
        assert lan("DELETE", f"{path}/{listed[0]['id']}").status_code == 204
        assert {as_hoa("GET", "people/me").status_code, again("GET", "people/me").status_code} == {
            200,
            401,
        }
        assert lan("DELETE", path).status_code == 204
        assert as_hoa("GET", "people/me").status_code == again("GET", "people/me").status_code

        assert lan("GET", path).get_json() == {"items": []}
        assert code(lan("DELETE", f"{path}/{listed[0]['id']}")) == (404, "session_not_found")
        assert lan("GET", f"people/{cast.khang}/sessions").status_code == 404
        assert lan("DELETE", f"people/{cast.khang}/sessions").status_code == 404
        told = lan("GET", f"people/{cast.hoa}/history?limit=2").get_json()
        assert told["items"][0]["action"] == "identity.signed_out"
        assert told["items"][0]["actor_id"] == str(cast.lan)
        older = lan("GET", f"people/{cast.hoa}/history?cursor={told['next_cursor']}").get_json()
        ids_ = [line["id"] for line in told["items"] + older["items"]]
        assert len(ids_) == len(set(ids_)) == len(sorted(ids_))

    def test_everybody_ends_their_other_sessions(
        self, as_hoa: Program, cast: Cast, app: Flask, tenant: Tenant
    ) -> None:
        again = Program(app, tenant)
        again.log_in("hoa", cast.password)
        assert as_hoa("DELETE", "sessions").status_code == 204
        assert as_hoa("GET", "people/me").status_code == 200
        assert again("GET", "people/me").status_code == 401

    def test_another_address(self, as_hoa: Program, cast: Cast, emitted: Emitted) -> None:
        wish = {"email": "hoa.le@example.vn", "current_password": "not this one"}
        assert field_codes(as_hoa("POST", "email-changes", json=wish)) == {
            "current_password": "password_wrong"
        }
        wish["current_password"] = cast.password
        assert as_hoa("POST", "email-changes", json=wish).status_code == 202
        assert as_hoa("GET", "people/me").get_json()["email"] == "hoa@example.vn"
        token = secret_of(last(emitted, identity.EmailChangeAsked))
        assert as_hoa("PUT", "email-changes", json={"token": token}).status_code == 200
        assert as_hoa("GET", "people/me").get_json()["email"] == "hoa.le@example.vn"
        assert code(as_hoa("PUT", "email-changes", json={"token": token})) == (
            410,
            "link_not_valid",
        )
        assert as_hoa("DELETE", "email-changes").status_code == 204

    def test_staff_finds_people(self, cast: Cast, app: Flask, tenant: Tenant) -> None:
        lan = Program(app, tenant)
        lan.log_in("lan", cast.password)
        found = lan("GET", "people?q=MINH@example").get_json()
        assert [one["name"] for one in found["items"]] == ["Minh"]
        assert (found["is_cut"], found["next_cursor"]) == (False, None)
        assert lan("GET", "people?q=khang").get_json()["items"] == []
        assert lan("GET", f"people?q={cast.khang}").get_json()["items"] == []
        assert lan("GET", "people?status=suspended").get_json()["items"] == []
        assert lan("GET", "people?status=gone").status_code == 422

    def test_a_picture(self, as_hoa: Program) -> None:
        out = io.BytesIO()
        Image.new("RGB", (40, 60), "teal").save(out, "PNG")
        data = {"picture": (io.BytesIO(out.getvalue()), "me.png")}
        answer = as_hoa("PUT", "people/me/picture", data=data)
        assert answer.status_code == 200, answer.text
        assert answer.get_json()["picture_url"].startswith("/media/")

        bad = as_hoa("PUT", "people/me/picture", data={"picture": (io.BytesIO(b"<svg>"), "a.png")})
        assert field_codes(bad) == {"picture": "not_a_picture"}
        assert as_hoa("PUT", "people/me/picture", data={}).status_code == 422
        assert as_hoa("DELETE", "people/me/picture").get_json()["picture_url"] is None

    def test_a_password_change(self, as_hoa: Program, cast: Cast) -> None:
        wrong = {"current_password": "not it at all", "password": PASSWORD}
        assert field_codes(as_hoa("PUT", "people/me/password", json=wrong)) == {
            "current_password": "password_wrong"
        }
        right = {"current_password": cast.password, "password": PASSWORD}
        assert as_hoa("PUT", "people/me/password", json=right).status_code == 204
        assert as_hoa("GET", "people/me").status_code == 200


class TestSessions:
    def test_log_in_refresh_list_and_end(self, call: Program, cast: Cast) -> None:
        first = call.log_in("hoa", cast.password)
        assert first["token_type"] == "Bearer"
        body = {"refresh_token": first["refresh_token"]}
        second = call("POST", "sessions/refreshes", json=body).get_json()
        call.bearer = second["access_token"]
        (shown,) = call("GET", "sessions").get_json()["items"]
        assert (shown["id"], shown["current"]) == (first["session_id"], True)

        assert call("DELETE", f"sessions/{shown['id']}").status_code == 204
        assert code(call("GET", "sessions")) == (401, "not_signed_in")

    def test_somebody_elses_session_is_not_there(
        self, as_hoa: Program, cast: Cast, app: Flask, tenant: Tenant, other_tenant: Tenant
    ) -> None:
        minh, khang = Program(app, tenant), Program(app, other_tenant)
        for other, name in ((minh, "minh"), (khang, "khang")):
            theirs = other.log_in(name, cast.password)["session_id"]
            assert code(as_hoa("DELETE", f"sessions/{theirs}")) == (404, "session_not_found")
            assert other("GET", "people/me").status_code == 200

    def test_tokens_of_another_tenant_are_nothing_here(
        self, call: Program, cast: Cast, app: Flask, other_tenant: Tenant
    ) -> None:
        khang = Program(app, other_tenant)
        theirs = khang.log_in("khang", cast.password)
        call.bearer = theirs["access_token"]
        assert code(call("GET", "people/me")) == (401, "not_signed_in")
        call.bearer = ""
        body = {"refresh_token": theirs["refresh_token"]}
        assert code(call("POST", "sessions/refreshes", json=body)) == (401, "refresh_refused")

    def test_wrong_credentials_are_told_alike(self, call: Program, cast: Cast) -> None:
        tries = [("hoa@example.vn", "wrong"), ("nobody@example.vn", cast.password)]
        answers = [
            call("POST", "sessions", json={"email": email, "password": password})
            for email, password in tries
        ]
        assert {code(answer) for answer in answers} == {(401, "wrong_credentials")}
        assert len({answer.text for answer in answers}) == 1


class TestMailLinks:
    def test_verification(self, call: Program, emitted: Emitted) -> None:
        body = {"name": "Bảo", "email": "bao@example.vn", "password": PASSWORD}
        call("POST", "people", json=body)
        call.log_in("bao", PASSWORD)
        assert call("POST", "email-verifications").status_code == 202
        secret = secret_of(last(emitted, identity.EmailVerificationAsked))
        shown = call("PUT", "email-verifications", json={"token": secret}).get_json()
        assert shown["email_verified"] is True
        again = call("PUT", "email-verifications", json={"token": secret})
        assert code(again) == (410, "link_not_valid")

    def test_reset(self, call: Program, cast: Cast, emitted: Emitted) -> None:
        answers = [
            call("POST", "password-resets", json={"email": email})
            for email in ("hoa@example.vn", "nobody@example.vn")
        ]
        assert [answer.status_code for answer in answers] == [202, 202]
        assert len({answer.text for answer in answers}) == 1
        event = last(emitted, identity.PasswordResetAsked)
        assert getattr(event, "person_id", None) == cast.hoa
        body = {"token": secret_of(event), "password": PASSWORD}
        assert call("PUT", "password-resets", json=body).status_code == 204
        call.log_in("hoa", PASSWORD)


def test_khang_sees_nobody_of_the_first_tenant(
    app: Flask, other_tenant: Tenant, cast: Cast
) -> None:
    khang = Program(app, other_tenant)
    khang.log_in("khang", cast.password)
    shown = khang("GET", "people").get_json()["items"]

    assert [UUID(person["id"]) for person in shown] == [cast.khang]
    assert khang("GET", f"people/{cast.hoa}").status_code == 404
    with serving(other_tenant), pytest.raises(identity.WrongCredentials):
        identity.log_in(identity.Credentials("hoa@example.vn", cast.password), CALLER)
