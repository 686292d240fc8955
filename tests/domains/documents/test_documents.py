"""Papers: who may share, open and take back what, until when."""

from __future__ import annotations

import io
import socket
from datetime import timedelta
from typing import Any
from unittest.mock import Mock
from uuid import UUID

import pytest
from pydantic import SecretStr
from tests.domains.bookings.conftest import HOUR, Deliver, Emitted, Forward, World

from cilis.config import settings
from cilis.domains import bookings, documents
from cilis.domains.bookings import Booking
from cilis.domains.documents import service
from cilis.infra import files, storage
from cilis.infra.audit import AuditEntry
from cilis.infra.db import reading
from cilis.infra.tenancy import Tenant, serving
from cilis.kit import clock, ids
from cilis.kit.errors import InvalidInput, NotSignedIn
from cilis.kit.viewer import Viewer
from cilis.testing.fixtures import Browser

PDF = b"%PDF-1.7\n1 0 obj << >> endobj\n"


@pytest.fixture
def booking(world: World, deliver: Deliver) -> Booking:
    made = world.booked(9)
    deliver()
    return world.see(made)


def share(booking: Booking, who: Viewer, name: str = "a.pdf") -> documents.Document:
    return documents.share(booking.id, PDF, name, who)


def seen(booking: Booking, who: Viewer) -> list[str]:
    with reading() as session:
        return [one.name for one in documents.of_booking(session, who, booking.id)]


def key_of(document_id: UUID) -> str:
    from cilis.domains.documents.models import BookingDocument

    with reading() as session:
        row = session.get(BookingDocument, document_id)
        assert row
        return row.file_key


def nobody_there() -> storage.Bucket:
    """A bucket at an address where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    away = {"s3_bucket": "uploads", "s3_endpoint": f"http://127.0.0.1:{port}"}
    keys = {"s3_access_key": "test", "s3_secret_key": SecretStr("test-secret")}
    return storage.Bucket(settings().model_copy(update=away | keys))


class TestShare:
    def test_both_ways_told_to_the_other(
        self, world: World, booking: Booking, emitted: Emitted
    ) -> None:
        first = share(booking, world.hoa, "C:\\x\\hồ sơ\u202e.pdf")
        share(booking, world.minh, "b.pdf")
        assert first.name == "hồ sơ.pdf"
        assert first.content_type == "application/pdf"
        for who in (world.hoa, world.minh):
            assert seen(booking, who) == ["hồ sơ.pdf", "b.pdf"]
        told = [one for one in emitted() if isinstance(one, documents.DocumentShared)]
        assert [(one.owner_id, one.to_person_id) for one in told] == [
            (world.cast.hoa, world.cast.minh),
            (world.cast.minh, world.cast.hoa),
        ]

    def test_nobody_else(self, world: World, booking: Booking, other_tenant: Tenant) -> None:
        document = share(booking, world.hoa)
        for stranger in (world.lan, world.browser(), Viewer(ids.new(), ids.new())):
            with pytest.raises((bookings.BookingNotFound, NotSignedIn)):
                share(booking, stranger)
            with pytest.raises(documents.DocumentNotFound):
                documents.open_document(document.id, stranger)
        assert seen(booking, world.lan) == []
        with serving(other_tenant), pytest.raises(documents.DocumentNotFound):
            documents.open_document(document.id, Viewer(world.cast.khang, ids.new()))

    def test_only_so_many_of_one_side(self, world: World, booking: Booking) -> None:
        for number in range(documents.MOST_OF_ONE_SIDE):
            share(booking, world.hoa, f"{number}.pdf")
        with pytest.raises(documents.TooManyDocuments):
            share(booking, world.hoa)
        share(booking, world.minh)  # the other side has a measure of its own

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"", "file_empty"),
            (b"GIF89a", "type_not_allowed"),
            (b"x" * (documents.MOST_BYTES + 1), "file_too_large"),
        ],
    )
    def test_what_is_not_taken(
        self, world: World, booking: Booking, content: bytes, code: str
    ) -> None:
        with pytest.raises(InvalidInput) as refusal:
            documents.share(booking.id, content, "a.pdf", world.hoa)
        assert refusal.value.fields == {"file": [code]}

    def test_a_refused_paper_leaves_no_file(
        self, world: World, booking: Booking, tenant: Tenant
    ) -> None:
        folder = settings().data_dir / "files" / tenant.id / "private"
        bookings.cancel(booking.id, world.hoa)
        before = set(folder.iterdir()) if folder.exists() else set()
        with pytest.raises(documents.SharingOver):
            share(booking, world.hoa)
        assert (set(folder.iterdir()) if folder.exists() else set()) == before

    def test_a_refusal_is_told_though_the_storage_is_away_by_then(
        self, world: World, booking: Booking, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bookings.cancel(booking.id, world.hoa)
        there = storage.storage()
        kept = iter([there])
        monkeypatch.setattr(storage, "ATTEMPTS", 1)
        monkeypatch.setattr(files, "storage", lambda: next(kept, None) or nobody_there())
        monkeypatch.setattr(service.queries, "may_share", Mock(side_effect=[True, False]))
        with pytest.raises(documents.SharingOver):
            share(booking, world.hoa)
        assert next(kept, None) is None, "it was stored before the refusal"

    def test_after_the_session_for_some_weeks(
        self, world: World, booking: Booking, deliver: Deliver, clock_forward: Forward
    ) -> None:
        clock_forward(world.at(11) - clock.now())
        deliver()
        share(booking, world.minh, "summary.pdf")
        clock_forward(timedelta(days=31))
        with pytest.raises(documents.SharingOver):
            share(booking, world.minh)
        assert seen(booking, world.hoa) == ["summary.pdf"]


class TestHeld:
    def test_papers_of_a_hold_are_the_client_s_alone(
        self, world: World, deliver: Deliver, emitted: Emitted
    ) -> None:
        held = world.hold(9)
        document = share(held, world.hoa)
        told = next(one for one in emitted() if isinstance(one, documents.DocumentShared))
        assert told.to_person_id is None
        with pytest.raises(documents.DocumentNotFound):
            documents.open_document(document.id, world.minh)
        world.gate.pays(world.pay(held))
        deliver()
        assert documents.open_document(document.id, world.minh).content == PDF

    def test_nothing_stays_of_an_hour_that_came_to_nothing(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        held = world.hold(9)
        document = share(held, world.hoa)
        key = key_of(document.id)
        clock_forward(timedelta(minutes=16))
        deliver()
        assert seen(held, world.hoa) == ["a.pdf"]  # money may still come
        clock_forward(25 * HOUR)
        deliver()
        assert seen(held, world.hoa) == []
        with pytest.raises(storage.FileGone):
            files.read(key)


class TestTakeBack:
    def test_by_its_owner_before_the_session(
        self, world: World, booking: Booking, deliver: Deliver, clock_forward: Forward
    ) -> None:
        document, other = share(booking, world.hoa), share(booking, world.hoa, "b.pdf")
        key = key_of(document.id)
        with pytest.raises(documents.DocumentNotFound):
            documents.remove(document.id, world.minh)
        documents.remove(document.id, world.hoa)
        with pytest.raises(documents.DocumentNotFound):
            documents.open_document(document.id, world.hoa)
        deliver()
        with pytest.raises(storage.FileGone):
            files.read(key)
        clock_forward(world.at(9) - clock.now())
        with pytest.raises(documents.DocumentInUse):
            documents.remove(other.id, world.hoa)

    def test_its_file_goes_as_soon_as_the_storage_answers(
        self,
        world: World,
        booking: Booking,
        deliver: Deliver,
        clock_forward: Forward,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        document = share(booking, world.hoa)
        key = key_of(document.id)
        with monkeypatch.context() as patch:
            patch.setattr(files, "storage", nobody_there)
            documents.remove(document.id, world.hoa)
            deliver()
        assert seen(booking, world.hoa) == []
        assert files.read(key) == PDF
        clock_forward(HOUR)
        deliver()
        with pytest.raises(storage.FileGone):
            files.read(key)

    def test_where_there_is_no_session_at_any_time(
        self, world: World, booking: Booking, clock_forward: Forward
    ) -> None:
        document = share(booking, world.hoa)
        bookings.cancel(booking.id, world.hoa)
        clock_forward(world.at(12) - clock.now())
        documents.remove(document.id, world.hoa)
        with pytest.raises(documents.DocumentNotFound):
            documents.open_document(document.id, world.hoa)

    def test_of_a_cancelled_booking_everybody_keeps_their_own(
        self, world: World, booking: Booking
    ) -> None:
        mine, theirs = share(booking, world.hoa), share(booking, world.minh, "b.pdf")
        bookings.cancel(booking.id, world.hoa)
        assert seen(booking, world.hoa) == ["a.pdf"]
        assert seen(booking, world.minh) == ["b.pdf"]
        with pytest.raises(documents.DocumentNotFound):
            documents.open_document(theirs.id, world.hoa)
        documents.remove(mine.id, world.hoa)

    def test_the_other_side_s_opening_is_written_down(self, world: World, booking: Booking) -> None:
        document = share(booking, world.hoa)
        documents.open_document(document.id, world.hoa)
        documents.open_document(document.id, world.minh, booking.id)
        with pytest.raises(documents.DocumentNotFound):
            documents.open_document(document.id, world.minh, ids.new())
        with reading() as session:
            opened = session.query(AuditEntry).filter_by(action="documents.opened").all()
        assert [one.actor_id for one in opened] == [world.cast.minh]


def test_over_the_api(world: World, booking: Booking, browser_client: Browser) -> None:
    def token(name: str) -> dict[str, str]:
        body = {"email": f"{name}@example.vn", "password": world.cast.password}
        answer = browser_client.post("/api/v1/sessions", json=body)
        return {"Authorization": f"Bearer {answer.json['access_token']}"}

    def post(who: dict[str, str], key: str = "") -> Any:
        headers = who | ({"Idempotency-Key": key} if key else {})
        data = {"booking_id": str(booking.id), "file": (io.BytesIO(PDF), "a.pdf")}
        return browser_client.post("/api/v1/documents", headers=headers, data=data)

    hoa, minh, lan = token("hoa"), token("minh"), token("lan")
    made = post(hoa, "k1")
    again = post(hoa, "k1")
    assert (made.status_code, again.status_code) == (201, 201)
    assert made.json["id"] == again.json["id"]
    assert again.headers["Idempotent-Replayed"] == "true"
    path = f"/api/v1/documents/{made.json['id']}"
    listed = browser_client.get(f"/api/v1/documents?booking_id={booking.id}", headers=minh)
    assert [one["name"] for one in listed.json["items"]] == ["a.pdf"]
    content = browser_client.get(f"{path}/content", headers=minh)
    assert content.data == PDF
    assert content.headers["Content-Disposition"].startswith("attachment")
    assert browser_client.get(path, headers=lan).status_code == 404
    assert browser_client.get(f"{path}/content", headers=lan).status_code == 404
    assert browser_client.get(path).status_code == 401
    assert browser_client.delete(path, headers=minh).status_code == 404
    assert browser_client.delete(path, headers=hoa).status_code == 204
    assert browser_client.get(path, headers=hoa).status_code == 404


def test_over_the_api_while_the_storage_is_away(
    world: World, booking: Booking, browser_client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = share(booking, world.hoa)
    body = {"email": "hoa@example.vn", "password": world.cast.password}
    token = browser_client.post("/api/v1/sessions", json=body).json["access_token"]
    who = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k1"}

    def post() -> Any:
        data = {"booking_id": str(booking.id), "file": (io.BytesIO(PDF), "b.pdf")}
        return browser_client.post("/api/v1/documents", headers=who, data=data)

    with monkeypatch.context() as patch:
        patch.setattr(storage, "ATTEMPTS", 1)
        patch.setattr(files, "storage", nobody_there)
        content = browser_client.get(f"/api/v1/documents/{kept.id}/content", headers=who)
        picture = browser_client.get(f"/media/{'a' * 32}.webp")
        for refused in (post(), content):
            assert refused.status_code == 503
            assert refused.mimetype == "application/problem+json"
            assert refused.json["code"] == "storage_unavailable"
            assert refused.headers["Retry-After"] == "5"
        assert picture.status_code == 503
        assert "immutable" not in picture.headers.get("Cache-Control", "")
        assert seen(booking, world.hoa) == ["a.pdf"]
    assert post().status_code == 201  # the same key: nothing was half done
