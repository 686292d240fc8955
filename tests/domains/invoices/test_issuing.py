"""Papers: when they come, what they say, how they are numbered, who may open them."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from tests.domains.bookings.conftest import PRICE, Deliver, World

from cilis.domains import bookings, experts, invoices, payments, tenants
from cilis.domains.invoices import BookingPaper, Buyer, Paper, PaperKind, PaperSettings
from cilis.domains.invoices.service import credit_refunds, issue_for_booking, numbers
from cilis.infra.audit import AuditEntry
from cilis.infra.db import reading, transaction
from cilis.infra.tenancy import Tenant, current_tenant, serving
from cilis.kit import ids
from cilis.kit.errors import InvalidInput
from cilis.kit.money import Money
from cilis.kit.viewer import Viewer

SETTINGS = PaperSettings(
    patterns={
        PaperKind.INVOICE: "AT-{year}-{number:05}",
        PaperKind.RECEIPT: "BN-{year}-{number:05}",
        PaperKind.CREDIT_NOTE: "GS/{yy}/{number}",
    },
    note={"vi": "Cảm ơn bạn đã tin tưởng."},
)


def papers_of(booking: bookings.Booking) -> list[Paper]:
    with reading() as session:
        staff = Viewer(ids.new(), roles=frozenset({"admin"}))
        return invoices.of_subjects(session, staff, [booking.id])[booking.id]


def give_back(world: World, booking: bookings.Booking, minor: int) -> None:
    attempt_id = world.see(booking).paid_attempt_id
    assert attempt_id
    with transaction() as session:
        payments.request_refund(
            session, attempt_id, Money(minor, "VND"), "a gesture", None, key=str(minor)
        )


def wish(world: World, key: str, **more: Any) -> invoices.PaperWish:
    line = invoices.PaperLine(text="Gói 5 buổi", gross=Money(110_000, "VND"), tax=invoices.Tax())
    known = {"kind": PaperKind.RECEIPT, "person_id": world.cast.hoa, "lines": [line]}
    return invoices.PaperWish(key=key, **{**known, **more})


class TestBookings:
    def test_a_paid_and_confirmed_booking_has_an_invoice(
        self, house_of_tax: World, deliver: Deliver
    ) -> None:
        world = house_of_tax
        invoices.change_settings(SETTINGS, world.lan)
        invoices.change_buyer(
            Buyer(
                company="Đường Ấm #panic()", address=" 12 Lý Thường Kiệt \n\n Hà Nội", tax_id="0101"
            ),
            world.hoa,
        )
        booking = world.booked(9)
        assert papers_of(booking) == []
        deliver()
        [paper] = papers_of(booking)
        year = paper.issued_on.year
        assert (paper.kind, paper.number, paper.serial) == ("invoice", f"AT-{year}-00001", 1)
        assert (paper.total, paper.tax) == (PRICE, Money(45_455, "VND"))
        content = paper.content
        assert content["seller"]["tax_id"] == "0300000018"
        assert content["buyer"] == {
            "name": "Hoa",
            "email": content["buyer"]["email"],
            "company": "Đường Ấm #panic()",
            "address": "12 Lý Thường Kiệt\nHà Nội",
            "tax_id": "0101",
        }
        assert content["reference"] == booking.reference
        local = booking.starts_at.astimezone(ZoneInfo("Asia/Ho_Chi_Minh"))
        assert content["supplied_on"] == local.date().isoformat()
        data = paper.sheet["data"]
        assert data["heading"] == f"Hóa đơn {paper.number}"
        assert data["total"] == ["Tổng cộng", "500.000\xa0₫"]
        assert data["sums"][1] == ["Thuế GTGT 10\xa0% của 454.545\xa0₫", "45.455\xa0₫"]
        assert data["settled"][-1][1] == "0\xa0₫"
        assert data["notes"] == ["Cảm ơn bạn đã tin tưởng."]
        issue_for_booking(booking.id)
        assert len(papers_of(booking)) == 1

    def test_a_request_has_none_until_it_is_accepted(
        self, house_of_tax: World, deliver: Deliver
    ) -> None:
        world = house_of_tax
        kept, refused = world.booked(9, service="asked"), world.booked(14, service="asked")
        deliver()
        assert (papers_of(kept), papers_of(refused)) == ([], [])
        bookings.accept(kept.id, world.minh)
        bookings.decline(refused.id, world.minh, "No time this week")
        deliver()
        assert [paper.kind for paper in papers_of(kept)] == ["invoice"]
        issue_for_booking(refused.id)
        assert papers_of(refused) == []

    def test_what_costs_nothing_has_none(self, house_of_tax: World, deliver: Deliver) -> None:
        booking = house_of_tax.hold(9, service="free")
        bookings.start_payment(booking.id, "", house_of_tax.hoa, "203.0.113.7")
        deliver()
        assert house_of_tax.state(booking) == "confirmed"
        assert papers_of(booking) == []

    @pytest.mark.parametrize(
        ("chosen", "kinds"), [(BookingPaper.RECEIPT, ["receipt"]), (BookingPaper.NONE, [])]
    )
    def test_the_organization_chooses_what_clients_get(
        self, house_of_tax: World, deliver: Deliver, chosen: BookingPaper, kinds: list[str]
    ) -> None:
        invoices.change_settings(PaperSettings(booking_paper=chosen), house_of_tax.lan)
        booking = house_of_tax.booked(9)
        deliver()
        assert [paper.kind for paper in papers_of(booking)] == kinds

    def test_without_a_tax_number_it_is_a_receipt(self, world: World, deliver: Deliver) -> None:
        booking = world.booked(9)
        deliver()
        assert [paper.kind for paper in papers_of(booking)] == ["receipt"]


class TestCredits:
    def test_parts_that_go_back_add_up_to_the_invoice(
        self, house_of_tax: World, deliver: Deliver
    ) -> None:
        world = house_of_tax
        invoices.change_settings(SETTINGS, world.lan)
        booking = world.booked(9)
        deliver()
        for minor in (100_000, 33_333, PRICE.minor - 133_333):
            give_back(world, booking, minor)
            deliver()
            deliver()
        invoice, *notes = papers_of(booking)
        yy = invoice.issued_on.year % 100
        assert [note.number for note in notes] == [f"GS/{yy}/{n}" for n in (1, 2, 3)]
        assert sum(note.total_minor for note in notes) == invoice.total_minor
        assert sum(note.tax_minor for note in notes) == invoice.tax_minor
        assert notes[0].content["corrects"]["number"] == invoice.number
        assert notes[0].sheet["data"]["lines"][0]["text"] == "Một phần của: Tư vấn thuế"

    def test_all_at_once_mirrors_the_invoice(self, house_of_tax: World, deliver: Deliver) -> None:
        world = house_of_tax
        booking = world.booked(9)
        deliver()
        bookings.cancel(booking.id, world.minh, "Ill this week")
        while deliver():
            pass
        invoice, note = papers_of(booking)
        for name in ("lines", "taxes", "total_minor", "tax_minor", "buyer", "reference"):
            assert note.content[name] == invoice.content[name]
        assert credit_refunds(invoice.payment_id or ids.new()) is None

    def test_money_that_went_back_before_the_invoice_is_credited_with_it(
        self, house_of_tax: World, deliver: Deliver
    ) -> None:
        world = house_of_tax
        invoices.change_settings(PaperSettings(booking_paper=BookingPaper.NONE), world.lan)
        booking = world.booked(9)
        deliver()
        give_back(world, booking, 100_000)
        deliver()
        invoices.change_settings(PaperSettings(), world.lan)
        with ThreadPoolExecutor(2) as pool:  # both of what may come at once
            tenant = current_tenant()
            list(pool.map(lambda do: _in(tenant, do), [
                lambda: issue_for_booking(booking.id),
                lambda: credit_refunds(world.see(booking).paid_attempt_id or ids.new()),
            ]))  # fmt: skip
        assert [paper.total_minor for paper in papers_of(booking)] == [PRICE.minor, 100_000]

    def test_a_dearer_session_has_a_second_invoice_over_the_difference(
        self, house_of_tax: World, deliver: Deliver
    ) -> None:
        world = house_of_tax
        booking = world.booked(9)
        deliver()
        dear = experts.ServiceWish(
            names={"vi": "Dài"}, minutes=90, price_minor=PRICE.minor + 110_000, notice_minutes=0
        )
        other = experts.add_service(dear, world.minh)
        with transaction() as session:
            row = bookings.get(session, booking.id)
            row.policy = {**row.policy, "other_service": True}
        wish = bookings.MoveWish(other.id, world.at(14))
        move = bookings.change_service(booking.id, wish, world.hoa)
        bookings.pay_move(booking.id, move.id, "gate", world.hoa, "203.0.113.7")
        with reading() as session:
            attempt_id = bookings.move(session, booking, move.id).attempt_id
        world.gate.pays(attempt_id)
        deliver()
        deliver()
        first, second = papers_of(booking)
        assert (first.total_minor, second.total_minor) == (PRICE.minor, 110_000)
        assert second.content["lines"][0]["text"] == "Phần chênh lệch cho: Dài"


class TestNumbers:
    def test_many_at_once_and_roll_backs_leave_no_gap(
        self, house_of_tax: World, tenant: Tenant
    ) -> None:
        world = house_of_tax
        begin = threading.Barrier(4)

        def work(worker: int) -> None:
            begin.wait(timeout=20)
            for n in range(12):
                try:
                    with transaction() as session:
                        invoices.issue(session, wish(world, f"sale:{worker}:{n}"))
                        if n % 3 == 1:
                            raise RuntimeError("thought better of it")
                except RuntimeError:
                    pass

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda n: _in(tenant, lambda: work(n)), range(4)))
        with reading() as session:
            found = invoices.page(session, world.hoa, limit=100).items
        assert sorted(paper.serial for paper in found) == list(range(1, 33))
        assert len({paper.number for paper in found}) == 32
        by_serial = sorted(found, key=lambda paper: paper.serial)
        assert [one.issued_at for one in by_serial] == sorted(one.issued_at for one in found)

    def test_a_reason_makes_one_paper_however_often_it_is_told(
        self, house_of_tax: World, tenant: Tenant
    ) -> None:
        def once(_: int) -> UUID:
            with serving(tenant), transaction() as session:
                return invoices.issue(session, wish(house_of_tax, "sale:1")).id

        with ThreadPoolExecutor(4) as pool:
            assert len(set(pool.map(once, range(8)))) == 1

    def test_a_year_begins_with_one_where_the_organization_is(
        self, house_of_tax: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        saigon = ZoneInfo("Asia/Ho_Chi_Minh")
        midnight = datetime(2027, 1, 1, tzinfo=saigon).astimezone(UTC)
        numbered = []
        for n, at in enumerate((midnight - timedelta(seconds=1), midnight, midnight)):
            monkeypatch.setattr(numbers.clock, "now", lambda at=at: at)
            with transaction() as session:
                numbered.append(invoices.issue(session, wish(house_of_tax, f"sale:{n}")).number)
        assert numbered == ["RCP-2026-00001", "RCP-2027-00001", "RCP-2027-00002"]

    def test_patterns_that_could_clash_are_refused(self, world: World) -> None:
        same = {**SETTINGS.patterns, PaperKind.RECEIPT: "AT-{yy}-{number}"}
        wrong = {**SETTINGS.patterns, PaperKind.RECEIPT: "RCP-{number}"}
        for patterns, code in ((same, "pattern_taken"), (wrong, "not_a_pattern")):
            with pytest.raises(InvalidInput) as refusal:
                invoices.change_settings(PaperSettings(patterns=patterns), world.lan)
            assert refusal.value.fields == {"patterns.receipt": [code]}

    def test_what_others_ask_for_must_be_a_paper(self, world: World) -> None:
        for nothing in ({"lines": []}, {"kind": PaperKind.CREDIT_NOTE}):
            with transaction() as session, pytest.raises(invoices.NothingToIssue):
                invoices.issue(session, wish(world, "sale:1", **nothing))


class TestOpening:
    def test_the_same_bytes_after_the_brand_has_changed(
        self, house_of_tax: World, deliver: Deliver
    ) -> None:
        world = house_of_tax
        booking = world.booked(9)
        deliver()
        [paper] = papers_of(booking)
        first = invoices.open_paper(paper.id, world.hoa)
        assert first.content.startswith(b"%PDF-")
        assert first.name == f"{paper.number.lower()}.pdf"
        assert b"cilis" not in first.content.lower()
        with transaction() as session:
            known = tenants.organization(session)
            brand = {**known.brand, "colour": "#8b1a1a", "font_text": "source-serif-4"}
            changed = replace(known, name="Another name", brand=brand, legal={"company": "Other"})
            tenants.save_organization(session, changed)
        tenants.forget_organizations()
        again = invoices.open_paper(paper.id, world.lan)
        assert hashlib.sha256(again.content).digest() == hashlib.sha256(first.content).digest()
        with reading() as session:
            opened = session.scalars(
                sa.select(AuditEntry.actor_id).where(AuditEntry.action == "invoices.opened")
            ).all()
        assert opened == [world.cast.lan]

    def test_nobody_else(self, house_of_tax: World, deliver: Deliver, other_tenant: Tenant) -> None:
        world = house_of_tax
        booking = world.booked(9)
        deliver()
        [paper] = papers_of(booking)
        for stranger in (world.minh, world.browser(), Viewer(ids.new(), ids.new())):
            with pytest.raises(invoices.PaperNotFound):
                invoices.open_paper(paper.id, stranger)
        with serving(other_tenant), pytest.raises(invoices.PaperNotFound):
            invoices.open_paper(paper.id, Viewer(world.cast.khang, ids.new()))
        with reading() as session:
            assert invoices.page(session, world.minh).items == []


def _in(tenant: Tenant, do: Callable[[], Any]) -> Any:
    with serving(tenant):
        return do()
