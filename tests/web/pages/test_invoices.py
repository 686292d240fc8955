"""Papers on the pages of the client and the staff, and over the API."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from tests.web.pages.conftest import Gate, words

from cilis.domains import invoices, payments
from cilis.domains.bookings import Booking
from cilis.domains.invoices.queries import lists
from cilis.infra.db import reading, transaction
from cilis.kit import clock
from cilis.kit.money import Money
from cilis.testing.fixtures import Browser
from cilis.testing.scene import Scene

Browse = Callable[..., Browser]
FORMULA = '=HYPERLINK("http://x")'


@pytest.fixture
def paper(scene: Scene, booked: Callable[..., Booking]) -> invoices.Paper:
    invoices.change_buyer(invoices.Buyer(company=FORMULA), scene.viewer("client"))
    return paper_of(scene, booked())


def paper_of(scene: Scene, booking: Booking) -> invoices.Paper:
    with reading() as session:
        [found] = invoices.of_subjects(session, scene.viewer("admin"), [booking.id])[booking.id]
    return found


def test_who_opens_a_paper(paper: invoices.Paper, browse: Browse) -> None:
    mine, theirs = f"/account/invoices/{paper.id}.pdf", f"/admin/invoices/{paper.id}.pdf"
    over_api = f"/api/v1/invoices/{paper.id}/content"
    for role, path in (("client", mine), ("client", over_api), ("support", theirs)):
        answer = browse(role).get(path)
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf"), (role, path)
        assert answer.data.startswith(b"%PDF-")
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=rcp-")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer.headers["Cache-Control"] == "private, no-store"
    for role in ("other_client", "expert"):
        assert browse(role).get(mine).status_code == 404
        assert browse(role).get(over_api).status_code == 404
        assert browse(role).get(theirs).status_code == 403
    assert browse().get(mine).status_code == 303


def test_where_a_paper_is_found(paper: invoices.Paper, browse: Browse) -> None:
    for role, path in (
        ("client", "/account/payments"),
        ("client", f"/bookings/{paper.subject_id}"),
        ("admin", f"/admin/payments/{paper.payment_id}"),
        ("admin", f"/admin/invoices?text={paper.number.lower()}"),
        ("admin", f"/admin/invoices?kind=receipt&since={paper.issued_on}&until={paper.issued_on}"),
    ):
        page = browse(role).get(path)
        assert page.status_code == 200
        assert paper.number in page.text, path
        assert f"{paper.id}.pdf" in page.text
    staff = browse("support")
    assert paper.number not in staff.get("/admin/invoices?kind=credit_note").text
    assert paper.number not in staff.get("/admin/invoices?text=nobody").text
    assert paper.number not in browse("expert").get(f"/bookings/{paper.subject_id}").text
    listed = browse("client").get("/api/v1/invoices").json
    assert [one["number"] for one in listed["items"]] == [paper.number]
    assert browse("other_client").get("/api/v1/invoices").json["items"] == []


def test_the_table_runs_nothing(
    paper: invoices.Paper, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "_AT_ONCE", 1)  # so that it is read in several goes
    answer = browse("support").get("/admin/invoices.csv")
    assert answer.mimetype == "text/csv"
    [_, row] = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert row[2] == paper.number
    assert row[5] == f"'{FORMULA}"
    assert row[-1] == "550000"


def test_an_admin_says_how_papers_are_numbered(paper: invoices.Paper, browse: Browse) -> None:
    admin = browse("admin")
    form = {
        "booking_paper": "receipt",
        "patterns.invoice": "HD-{year}-{number:04}",
        "patterns.receipt": "BN-{number}",
        "patterns.credit_note": "GS-{year}-{number}",
        "note.vi": "Cảm ơn bạn.",
    }
    refused = admin.submit("/admin/invoices/settings", **form)
    assert refused.status_code == 422
    assert "BN-{number}" in refused.text
    form["patterns.receipt"] = "BN-{year}-{number}"
    assert admin.submit("/admin/invoices/settings", **form).status_code == 303
    assert "HD-{year}-{number:04}" in admin.get("/admin/invoices/settings").text
    assert browse("support").get("/admin/invoices/settings").status_code == 403


def test_a_client_says_what_stands_on_invoices(
    held: Callable[..., Booking], gate: Gate, browse: Browse, scene: Scene
) -> None:
    del gate
    booking, client = held(), browse("client")
    path = f"/checkout/{booking.id}/payment"
    form = {"provider": "gate", "company": "Đường Ấm", "address": "1 Lê Lợi\nHuế"}
    refused = client.submit(path, **form, tax_id="<b>")
    assert refused.status_code == 422
    assert "Đường Ấm" in refused.text
    assert client.submit(path, **form, tax_id="0101").status_code == 303
    with reading() as session:
        known = invoices.buyer(session, scene.client)
    assert known == invoices.Buyer(company="Đường Ấm", address="1 Lê Lợi\nHuế", tax_id="0101")
    page = client.get("/account/payments")
    assert "1 Lê Lợi\nHuế" in page.text
    assert client.submit("/account/payments/buyer", company="x" * 130).status_code == 422
    assert client.submit("/account/payments/buyer", company="").status_code == 303
    assert "Đường Ấm" not in words(client.get("/account/payments").text)


def test_revenue_is_cut_by_month_expert_field_and_way_to_pay(
    paper: invoices.Paper, browse: Browse
) -> None:
    with transaction() as session:
        assert paper.payment_id
        back = Money(50_000, "VND")
        payments.request_refund(session, paper.payment_id, back, "cancelled_by_expert", None)
    with transaction() as session:
        session.execute(sa.update(payments.Refund).values(state="done", settled_at=clock.now()))
    month = paper.issued_on.strftime("%Y-%m")
    for cut, name in (("months", month), ("providers", "Gate"), ("experts", ""), ("fields", "")):
        answer = browse("support").get(f"/admin/figures/revenue/{cut}.csv?period=year")
        assert answer.mimetype == "text/csv", cut
        [_, row] = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))
        assert row[1:] == ["1", "550000", "50000", "500000"]
        assert row[0]
        assert not name or row[0] == name
