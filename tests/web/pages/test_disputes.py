"""Card disputes on the staff's pages and over the API: seen, argued, sent once."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from tests.web.pages.conftest import Gate, words
from tests.web.pages.test_by_hand import Program

from cilis.domains import payments
from cilis.domains.bookings import Booking
from cilis.domains.payments.service import moves
from cilis.domains.payments.types import Cause, Step
from cilis.hooks.payment_parts import EvidenceField, EvidenceOrder
from cilis.hooks.payments import DisputeNews, DisputeOutcome
from cilis.infra.db import reading, transaction
from cilis.kit import clock, ids
from cilis.testing.fixtures import Browser
from cilis.testing.scene import Scene

Browse = Callable[..., Browser]
Deliver = Callable[[], int]
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"


class Arguing:
    """What makes a gateway take evidence."""

    evidence = (
        EvidenceField("story", "Anything else"),
        EvidenceField("proof", "Another paper", is_file=True),
    )

    def __init__(self) -> None:
        self.told: list[EvidenceOrder] = []

    def submit_evidence(self, order: EvidenceOrder, settings: Any) -> DisputeNews:
        self.told.append(order)
        return news(order.dispute_reference, DisputeOutcome.UNDER_REVIEW)

    def query_dispute(self, dispute_reference: str, settings: Any) -> DisputeNews:
        return news(dispute_reference, DisputeOutcome.OPEN)


def news(reference: str, outcome: DisputeOutcome) -> DisputeNews:
    return DisputeNews(
        reference, "G-1", outcome, AMOUNT[0], f"{reference}:{outcome}", "fraudulent",
        clock.now() + timedelta(days=7),
    )  # fmt: skip


AMOUNT: list[Any] = []


@pytest.fixture
def arguing(gate: Gate) -> Arguing:
    made = Arguing()
    for name in ("evidence", "submit_evidence", "query_dispute"):
        setattr(gate, name, getattr(made, name))
    return made


@pytest.fixture
def disputed(arguing: Arguing, booked: Callable[..., Booking]) -> payments.Dispute:
    booking = booked()
    with reading() as session:
        attempt_id = payments.of_subjects(session, [booking.id])[booking.id].id
    with transaction() as session:
        attempt = payments.attempt(session, attempt_id)
        AMOUNT[:] = [attempt.amount]
        step = Step(Cause.NOTICE)
        moves.apply_dispute_news(
            session, attempt, None, news(f"du_{ids.new().hex}", DisputeOutcome.OPEN), step
        )
    with reading() as session:
        (found,) = payments.disputes_of(session, attempt_id)
    return found


@pytest.mark.parametrize("role", ["admin", "support"])
def test_it_is_found_argued_and_sent_once(
    disputed: payments.Dispute, arguing: Arguing, browse: Browse, deliver: Deliver, role: str
) -> None:
    staff, here = browse(role), f"/admin/disputes/{disputed.id}"
    assert here in staff.get(f"/admin/payments/{disputed.attempt_id}").text
    assert "/admin/disputes" in staff.get("/admin/payments").text
    assert here in staff.get("/admin/disputes?state=open").text
    assert here not in staff.get("/admin/disputes?state=won").text
    shown = words(staff.get(f"{here}?lang=en").text)
    assert "Did not make this payment" in shown
    assert "Another paper" in shown
    sent = {"text.story": "They were there.", "file.proof": (io.BytesIO(PDF), "proof.pdf")}
    kept = staff.submit(f"{here}/evidence", then="review", **sent)
    assert kept.location.endswith(f"{here}/submission")
    look = staff.get(f"{here}/submission").text
    assert "They were there." in look
    assert "proof.pdf" in look
    paper = staff.get(f"{here}/papers/proof")
    assert (paper.data, paper.headers["Content-Disposition"].split(";")[0]) == (PDF, "attachment")
    for _ in range(2):
        assert staff.submit(f"{here}/submission").status_code == 303
    deliver()
    (order,) = arguing.told
    assert (order.texts, order.files["proof"].content) == ({"story": "They were there."}, PDF)
    after = staff.get(f"{here}?lang=en").text
    assert "With the bank" in words(after)
    assert f"{here}/evidence" not in after


def test_what_cannot_be_kept_is_said_beside_its_field(
    disputed: payments.Dispute, browse: Browse
) -> None:
    staff, here = browse("admin"), f"/admin/disputes/{disputed.id}"
    sent = {"text.story": "kept while it is mended", "file.proof": (io.BytesIO(b"x"), "x.exe")}
    refused = staff.submit(f"{here}/evidence", **sent)
    assert refused.status_code == 422
    assert "kept while it is mended" in refused.text
    with reading() as session:
        assert payments.papers(session, disputed.id) == {}


def test_nobody_else_sees_it(disputed: payments.Dispute, browse: Browse) -> None:
    for role in ("client", "expert"):
        for path in ("", f"/{disputed.id}", f"/{disputed.id}/papers/proof"):
            assert browse(role).get(f"/admin/disputes{path}").status_code == 403


def test_the_same_over_the_api(
    app: Flask, scene: Scene, disputed: payments.Dispute, arguing: Arguing, deliver: Deliver
) -> None:
    staff, client = Program(app, scene, "support"), Program(app, scene, "client")
    here = f"/disputes/{disputed.id}"
    (listed,) = staff.get("/disputes?state=open").json["items"]
    assert (listed["id"], listed["amount"]["minor"]) == (str(disputed.id), disputed.amount_minor)
    assert client.get(here).status_code == 403
    empty = staff.post(f"{here}/submissions", {}, "k-1")
    assert (empty.status_code, empty.json["code"]) == (422, "nothing_to_tell")
    kept = staff.browser.put(
        f"/api/v1{here}/evidence", json={"texts": {"story": "There."}}, headers=staff.headers
    )
    assert kept.json["evidence"][0]["text"] == "There."
    paper = staff.browser.post(
        f"/api/v1{here}/papers",
        data={"field": "proof", "file": (io.BytesIO(PDF), "proof.pdf")},
        headers={**staff.headers, "Idempotency-Key": "k-2"},
    )
    assert (paper.status_code, paper.json["evidence"][1]["file_name"]) == (201, "proof.pdf")
    for replayed in (None, "true"):
        told = staff.post(f"{here}/submissions", {}, "k-3")
        assert (told.status_code, told.json["may_tell"]) == (201, False)
        assert told.headers.get("Idempotent-Replayed") == replayed
    deliver()
    assert len(arguing.told) == 1
    assert staff.get(here).json["state"] == "under_review"
    late = staff.browser.put(
        f"/api/v1{here}/evidence", json={"texts": {"story": "More."}}, headers=staff.headers
    )
    assert (late.status_code, late.json["code"]) == (409, "evidence_closed")


def test_an_admin_says_where_an_experts_share_goes(app: Flask, scene: Scene, gate: Gate) -> None:
    admin, support = Program(app, scene, "admin"), Program(app, scene, "support")
    path = f"/payee-accounts/{scene.viewer('expert').person}/gate"
    assert admin.get(path).json["account"] == ""
    body = {"account": "acct_minh"}
    set_by = [
        who.browser.put(f"/api/v1{path}", json=body, headers=who.headers).status_code
        for who in (support, admin)
    ]
    assert set_by == [403, 200]
    assert admin.get(path).json["account"] == "acct_minh"
    gone = admin.browser.put(
        f"/api/v1/payee-accounts/{ids.new()}/gate", json=body, headers=admin.headers
    )
    assert gone.status_code == 404
