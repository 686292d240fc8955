"""Papers of sessions that codes made cheaper and credit paid for, and of credit itself."""

from __future__ import annotations

from uuid import UUID

import pytest
from tests.domains.bookings.conftest import PRICE, Deliver, World
from tests.domains.bookings.test_savings import bought, coupon, go, seen
from tests.domains.invoices.test_issuing import papers_of

from cilis.domains import bookings, credits, invoices, payments
from cilis.domains.invoices import BookingPaper, Paper, PaperSettings
from cilis.domains.invoices.service import credit_refunds, issue_for_booking
from cilis.infra.db import reading, transaction
from cilis.kit import ids
from cilis.kit.money import Money
from cilis.kit.viewer import Viewer

TENTH = PRICE.minor // 10
PART = 200_000
REST = PRICE.minor - TENTH - PART


def papers_about(subject_id: UUID) -> list[Paper]:
    with reading() as session:
        staff = Viewer(ids.new(), roles=frozenset({"admin"}))
        return invoices.of_subjects(session, staff, [subject_id])[subject_id]


def settled(paper: Paper) -> list[tuple[str, int]]:
    return [(one["how"], one["minor"]) for one in paper.content["settled"]]


@pytest.fixture
def partly(house_of_tax: World, deliver: Deliver) -> bookings.Booking:
    """A tenth off by a code, a part paid by two credits, the rest at the gate."""
    world = house_of_tax
    coupon(world)
    for _ in range(2):
        credits.give_credit(world.cast.hoa, PART // 2, "sorry", world.lan)
    booking = world.hold()
    bookings.use_coupon(booking.id, "TET", world.hoa)
    world.gate.pays(go(world, booking, credit="balance"))
    deliver()
    return world.see(booking)


class TestBooking:
    def test_has_one_paper_with_discount_and_both_ways_to_pay(
        self, house_of_tax: World, partly: bookings.Booking
    ) -> None:
        [paper] = papers_of(partly)
        assert paper.payment_id == partly.paid_attempt_id
        assert (paper.total_minor, paper.tax_minor) == (450_000, 40_909)
        amounts = [line["gross_minor"] for line in paper.content["lines"]]
        assert amounts == [PRICE.minor, -TENTH]
        assert paper.content["lines"][1]["text"] == "Giảm giá: mã TET"
        assert settled(paper) == [("Số dư", PART), ("Gate", REST)]
        assert paper.sheet["data"]["settled"][-1][1] == "0\xa0₫"
        assert invoices.open_paper(paper.id, house_of_tax.hoa).content.startswith(b"%PDF-")
        issue_for_booking(partly.id)
        assert len(papers_of(partly)) == 1

    def test_what_goes_back_either_way_is_credited_on_it(
        self, house_of_tax: World, deliver: Deliver, partly: bookings.Booking
    ) -> None:
        first = partly.credit_attempt_ids[0]
        with transaction() as session:
            payments.request_refund(session, first, Money(50_000, "VND"), "a gesture", None)
        deliver()
        bookings.cancel(partly.id, house_of_tax.minh, "Ill this week")
        while deliver():
            pass
        invoice, *notes = papers_of(partly)
        assert notes[0].total_minor == 50_000
        assert sum(note.total_minor for note in notes) == invoice.total_minor
        assert sum(note.tax_minor for note in notes) == invoice.tax_minor
        assert credit_refunds(first) is None

    def test_paid_by_a_package_says_so(self, house_of_tax: World, deliver: Deliver) -> None:
        world = house_of_tax
        made, booking = bought(world, deliver), world.hold()
        go(world, booking, credit=str(made.id))
        deliver()
        [paper] = papers_of(booking)
        assert (paper.total_minor, settled(paper)) == (400_000, [("Số dư", 400_000)])
        assert paper.content["lines"][1]["text"] == "Giảm giá: gói Gói"
        paid = world.see(booking).paid_attempt_id
        with reading() as session:
            shown = invoices.of_payments(session, world.hoa, [paid])
        assert [one.id for some in shown.values() for one in some] == [paper.id]

    def test_that_credit_was_taken_for_in_vain_has_none(
        self, house_of_tax: World, deliver: Deliver
    ) -> None:
        world = house_of_tax
        credits.give_credit(world.cast.hoa, PART, "sorry", world.lan)
        booking = world.hold()
        go(world, booking, credit="balance")
        bookings.cancel(booking.id, world.hoa)
        deliver()
        assert papers_of(booking) == []


class TestBoughtCredit:
    def test_has_a_receipt_without_tax(self, house_of_tax: World, deliver: Deliver) -> None:
        made = bought(house_of_tax, deliver)
        deliver()
        [paper] = papers_about(made.id)
        assert (paper.kind, paper.total_minor, paper.tax_minor) == ("receipt", 1_600_000, 0)
        assert paper.content["lines"][0]["text"] == "Gói"
        assert paper.content["lines"][0]["note"].startswith("4 buổi tư vấn.")
        data = paper.sheet["data"]
        assert "tax" not in data["columns"]
        assert ["Số dư", made.reference] in data["facts"]
        assert paper.person_id == house_of_tax.cast.hoa
        assert invoices.issue_for_credit(made.id).id == paper.id  # type: ignore[union-attr]

    def test_that_goes_back_is_credited(self, house_of_tax: World, deliver: Deliver) -> None:
        made = bought(house_of_tax, deliver)
        go(house_of_tax, house_of_tax.hold(), credit=str(made.id))
        credits.return_rest(made.id, house_of_tax.hoa)
        while deliver():
            pass
        receipt, note = papers_about(made.id)
        assert (note.total_minor, note.tax_minor) == (1_200_000, 0)
        assert note.content["corrects"]["number"] == receipt.number
        assert ["Số dư", seen(made).reference] in note.sheet["data"]["facts"]

    def test_that_was_given_has_none(self, house_of_tax: World, deliver: Deliver) -> None:
        made = credits.give_credit(house_of_tax.cast.hoa, PART, "sorry", house_of_tax.lan)
        deliver()
        assert papers_about(made.id) == []

    def test_has_none_where_clients_get_no_papers(
        self, house_of_tax: World, deliver: Deliver
    ) -> None:
        none = PaperSettings(booking_paper=BookingPaper.NONE)
        invoices.change_settings(none, house_of_tax.lan)
        assert papers_about(bought(house_of_tax, deliver).id) == []
