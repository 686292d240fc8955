from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from tests.domains.messaging.conftest import PDF

from cilis.domains.bookings import Booking
from cilis.infra import presence
from cilis.infra.tenancy import Tenant
from cilis.kit import ids
from cilis.testing.fixtures import browser_on
from cilis.testing.scene import PASSWORD, Scene

Call = Callable[..., Any]


@pytest.fixture
def program(app: Flask, scene: Scene, tenant: Tenant) -> Callable[[str], Call]:
    """A program signed in as somebody of the scene."""

    def sign_in(role: str) -> Call:
        client = browser_on(app, tenant)
        body = {"email": scene.emails[role], "password": PASSWORD}
        token = client.post("/api/v1/sessions", json=body).get_json()["access_token"]

        def call(method: str, path: str, *, status: int = 200, **more: Any) -> Any:
            headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
            answer = client.open(f"/api/v1/{path}", method=method, headers=headers, **more)
            assert answer.status_code == status, answer.text
            return answer if answer.mimetype == "application/octet-stream" else answer.get_json()

        return call

    return sign_in


def test_a_program_does_all_that_the_page_does(
    scene: Scene, talk: UUID, program: Callable[[str], Call]
) -> None:
    client, expert = program("client"), program("expert")
    wish = {"sending_id": str(ids.new()), "text": "Chào chị"}
    sent = client("POST", f"conversations/{talk}/messages", json=wish, status=201)
    again = client("POST", f"conversations/{talk}/messages", json=wish, status=201)
    assert sent == again
    (listed,) = expert("GET", "conversations")["items"]
    assert (listed["id"], listed["unread"], listed["last"]["text"]) == (str(talk), 1, "Chào chị")
    assert listed["other"]["name"] == "Alpha Client"
    news = expert("GET", f"conversations/{talk}/messages?after={sent['number'] - 1}")
    assert [line["id"] for line in news["items"]] == [sent["id"]]
    marked = expert("PUT", f"conversations/{talk}/marks", json={"read": sent["number"]})
    assert (marked["unread"], marked["mine"]["read"]) == (0, sent["number"])
    assert client("GET", f"conversations/{talk}")["theirs"]["read"] == sent["number"]
    found = expert("GET", "messages?q=chao")
    assert [line["id"] for line in found["items"]] == [sent["id"]]
    notice = client("GET", f"conversations/{talk}/messages")["items"][0]
    assert (notice["kind"], notice["sender_id"], notice["notice"]["notice"]) == (
        "notice", None, "confirmed",
    )  # fmt: skip


def test_files_over_the_api(scene: Scene, talk: UUID, program: Callable[[str], Call]) -> None:
    client, expert, other = program("client"), program("expert"), program("other_client")
    upload = {"file": (io.BytesIO(PDF), "Bescheid.pdf")}
    file = client("POST", f"conversations/{talk}/files", data=upload, status=201)
    expert("GET", file["url"].removeprefix("/api/v1/"), status=404)
    wish = {"sending_id": str(ids.new()), "file_ids": [file["id"]]}
    client("POST", f"conversations/{talk}/messages", json=wish, status=201)
    assert [one["id"] for one in expert("GET", f"conversations/{talk}/files")["items"]] == [
        file["id"]
    ]
    other("GET", file["url"].removeprefix("/api/v1/"), status=404)
    bad = {"file": (io.BytesIO(b"MZ"), "x.exe")}
    problem = client("POST", f"conversations/{talk}/files", data=bad, status=422)
    assert problem["errors"][0]["code"] == "type_not_allowed"


def test_a_key_makes_one_message_even_of_two_sendings(
    talk: UUID, program: Callable[[str], Call]
) -> None:
    client = program("client")
    key = {"Idempotency-Key": "tin-1"}
    wish = {"sending_id": str(ids.new()), "text": "Einmal"}
    for _ in range(2):
        client("POST", f"conversations/{talk}/messages", json=wish, headers=key, status=201)
    other = wish | {"sending_id": str(ids.new())}
    client("POST", f"conversations/{talk}/messages", json=other, headers=key, status=422)
    assert len(client("GET", f"conversations/{talk}/messages")["items"]) == 2


def test_opening_by_a_booking(book: Callable[..., Booking], program: Callable[[str], Call]) -> None:
    booking = book()
    body = {"booking_id": str(booking.id)}
    opened = program("client")("POST", "conversations", json=body, status=201)
    assert program("expert")("POST", "conversations", json=body, status=201)["id"] == opened["id"]
    for role in ("other_client", "admin", "support"):
        program(role)("POST", "conversations", json=body, status=404)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": "x"}, "sending_id"), ({"sending_id": "x", "text": "x"}, "sending_id"),
        ({"sending_id": str(ids.new()), "text": " "}, "text"),
        ({"sending_id": str(ids.new()), "text": "x" * 4001}, "text"),
        ({"sending_id": str(ids.new()), "text": "a\u202eb"}, "text"),
        ({"sending_id": str(ids.new()), "text": "x", "number": 1}, "number"),
        ({"sending_id": str(ids.new()), "file_ids": [str(ids.new())]}, "file_ids"),
    ],
)  # fmt: skip
def test_nonsense(
    talk: UUID, program: Callable[[str], Call], body: dict[str, Any], field: str
) -> None:
    problem = program("client")("POST", f"conversations/{talk}/messages", json=body, status=422)
    assert [one["field"] for one in problem["errors"]] == [field]


def test_who_is_here(scene: Scene, talk: UUID, program: Callable[[str], Call]) -> None:
    client = program("client")
    assert client("GET", f"conversations/{talk}")["other"]["online"] is False
    presence.came([scene.expert_person], "one")
    presence.came([scene.expert_person], "two")
    presence.left(scene.expert_person, "one")
    assert client("GET", f"conversations/{talk}")["other"]["online"] is True
    presence.left(scene.expert_person, "two")
    gone = client("GET", f"conversations/{talk}")["other"]
    assert gone["online"] is False
    assert gone["seen_at"] is not None
