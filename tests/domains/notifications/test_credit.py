"""Mails about sessions that credit paid for, and about credit itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.domains.notifications.conftest import HOUR, STAFF, World
from tests.domains.notifications.test_bookings import kinds, papers, plain

from cilis.domains import bookings, credits, notifications
from cilis.infra.db import reading
from cilis.infra.i18n import speaking

PRICE, PART = 550_000, 200_000


def give(world: World, amount: int) -> credits.Credit:
    return credits.give_credit(world.cast.hoa, amount, "Xin lỗi", STAFF)


def hold(world: World) -> bookings.Booking:
    wish = bookings.HoldWish(world.services["paid"], world.monday + 19.5 * HOUR)
    return bookings.hold(wish, world.hoa)


def pay(world: World, booking: bookings.Booking, credit: str = bookings.BALANCE) -> None:
    url = bookings.start_payment(booking.id, "vnpay", world.hoa, "203.0.113.7", credit=credit)
    if url.startswith("http"):
        world.stand_ins.pay(url)
        world.forward(timedelta(seconds=61))
    world.deliver()


def subjects(world: World) -> list[str]:
    return [plain(mail.subject) for mail in world.mails()]


@pytest.fixture
def partly(world: World) -> bookings.Booking:
    """A session that a code made cheaper, paid by credit and by a gateway."""
    credits.make_coupon(credits.CouponWish(code="TET", percent=10), STAFF)
    give(world, PART)
    booking = hold(world)
    bookings.use_coupon(booking.id, "TET", world.hoa)
    pay(world, booking)
    return world.see(booking.id)


def test_a_confirmation_names_both_parts_and_what_made_it_cheaper(
    world: World, partly: bookings.Booking
) -> None:
    (mail,) = [one for one in world.mails() if one.subject.startswith("Đã xác nhận")]
    for words in ("550.000 ₫", "Mã TET", "−55.000 ₫", "Bằng số dư", "200.000 ₫", "295.000 ₫"):
        assert words in plain(mail.text)
        assert words in plain(mail.html)
    assert "Bằng VNPay" in plain(mail.text)
    assert "495.000 ₫" in plain(mail.text)


def test_what_comes_back_says_which_way(world: World, partly: bookings.Booking) -> None:
    bookings.cancel(partly.id, world.hoa)
    world.deliver()
    (cancelled,) = [one for one in world.mails() if one.subject.startswith("Đã hủy")]
    assert "200.000 ₫ trong đó vào lại số dư ngay" in plain(cancelled.text)
    (again,) = [one for one in world.mails() if "đã vào lại số dư" in one.subject]
    assert "200.000 ₫" in plain(again.subject)
    assert f"/credits/{_credit_of(world)}" in again.text
    with reading() as session:
        rows = notifications.page(session, world.cast.hoa).items
    with speaking("vi"):
        titles = {plain(notifications.told(row).title) for row in rows}
    assert "200.000 ₫ đã vào lại số dư" in titles


def test_credit_that_paid_for_all_comes_back_at_once(world: World) -> None:
    give(world, PRICE)
    booking = hold(world)
    pay(world, booking)
    (mail,) = [one for one in world.mails() if one.subject.startswith("Đã xác nhận")]
    assert "Tổng cộng, qua Số dư" in plain(mail.text)
    bookings.cancel(booking.id, world.hoa)
    world.deliver()
    (cancelled,) = [one for one in world.mails() if one.subject.startswith("Đã hủy")]
    assert "Tiền vào lại số dư ngay" in plain(cancelled.text)


def test_nobody_hears_of_credit_that_only_waited(world: World) -> None:
    give(world, PART)
    booking = hold(world)
    bookings.start_payment(booking.id, "vnpay", world.hoa, "203.0.113.7", credit=bookings.BALANCE)
    bookings.cancel(booking.id, world.hoa)
    world.deliver()
    assert [kind for kind in kinds() if kind.startswith("refund")] == []


def test_money_of_another_price_is_not_called_late(world: World) -> None:
    credits.make_coupon(credits.CouponWish(code="TET", percent=10), STAFF)
    booking = hold(world)
    url = bookings.start_payment(booking.id, "vnpay", world.hoa, "203.0.113.7")
    bookings.use_coupon(booking.id, "TET", world.hoa)
    world.stand_ins.pay(url)
    world.forward(timedelta(seconds=61))
    world.deliver()
    texts = [plain(mail.text) for mail in world.mails()]
    assert any("khác với giá hiện tại của buổi tư vấn" in text for text in texts)


def _credit_of(world: World) -> object:
    with reading() as session:
        return credits.credits_of(session, world.cast.hoa)[0].id


@pytest.fixture
def gifts() -> None:
    """Gift credit is sold."""
    rules = credits.GiftRules(is_on=True, least_minor=100_000, most_minor=5_000_000, days=60)
    credits.change_gift_rules(rules, STAFF)


def buy(world: World, made: credits.Credit) -> credits.Credit:
    url = credits.pay_for_credit(made.id, "vnpay", world.hoa, "203.0.113.7")
    world.stand_ins.pay(url)
    world.forward(timedelta(seconds=61))
    world.deliver()
    with reading() as session:
        return credits.credit(session, made.id)


class TestOpened:
    def test_a_package_is_told_to_its_buyer_with_a_receipt(self, world: World) -> None:
        wish = credits.PackageWish(name={"vi": "Gói bốn"}, sessions=4, price_minor=1_600_000)
        made = credits.buy_package(credits.save_package(wish, STAFF).id, world.hoa)
        buy(world, made)
        mail = world.only()
        assert plain(mail.subject) == "Gói của bạn: Gói bốn"
        for words in ("4 BUỔI TƯ VẤN", "1.600.000 ₫", "qua VNPay", f"/credits/{made.id}"):
            assert words in plain(mail.text)
        assert [name.startswith("rcp-") for name in papers(mail)] == [True]

    def test_a_gift_is_sent_to_its_recipient_with_code_and_words(
        self, world: World, gifts: None
    ) -> None:
        wish = credits.GiftWish(
            amount_minor=300_000, recipient="ban@vi-du.example", message="Chúc <b>mừng</b>"
        )
        made = buy(world, credits.buy_gift(wish, world.hoa))
        (mail,) = world.stand_ins.mails("ban@vi-du.example")
        code = credits.code_of(made)
        assert plain(mail.subject) == "Hoa có quà tặng bạn"
        assert mail.text.startswith("Xin chào,")  # nobody here knows how the reader is called
        for words in (code, "300.000 ₫", "/credits/redeem"):
            assert words in plain(mail.text)
        assert "Chúc &lt;b&gt;mừng&lt;/b&gt;" in mail.html
        assert papers(mail) == []
        assert "unsubscribe" not in mail.raw.lower()
        own = world.only()
        assert code in own.text
        assert "ban@vi-du.example" in own.text
        assert len(papers(own)) == 1
        with reading() as session:
            rows = notifications.page(session, world.cast.hoa).items
        assert [row.kind for row in rows] == ["credit_opened"]
        assert all(code not in str(row.detail) for row in rows)

    def test_what_the_organization_gives_says_why(self, world: World) -> None:
        give(world, PART)
        world.deliver()
        mail = world.only()
        assert plain(mail.subject) == "200.000 ₫ số dư cho bạn"
        assert "An Tâm tặng bạn số dư." in mail.text
        assert "Xin lỗi" in mail.text
        assert papers(mail) == []


def test_its_owner_is_warned_once_before_it_ends(world: World) -> None:
    made = credits.give_credit(world.cast.hoa, PART, "Xin lỗi", STAFF, days=30)
    world.deliver()
    world.forward(timedelta(days=16, hours=1))
    for _ in range(2):
        world.deliver()
    warned = [mail for mail in world.mails() if "hết hạn" in mail.subject]
    assert len(warned) == 1
    assert "200.000 ₫" in plain(warned[0].text)
    with reading() as session:
        rows = notifications.page(session, world.cast.hoa).items
    with speaking("vi"):
        told = notifications.told(rows[0])
    assert (plain(told.title), told.link) == (
        "Số dư 200.000 ₫ sắp hết hạn", f"/credits/{made.id}",
    )  # fmt: skip


def test_what_is_used_up_is_not_warned_of(world: World) -> None:
    credits.give_credit(world.cast.hoa, PART, "Xin lỗi", STAFF, days=30)
    booking = hold(world)
    pay(world, booking)
    world.forward(timedelta(days=16, hours=1))
    world.deliver()
    assert [mail for mail in world.mails() if "hết hạn" in mail.subject] == []
