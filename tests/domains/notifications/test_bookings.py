from __future__ import annotations

import re
from datetime import timedelta
from email import message_from_string

import pytest
import sqlalchemy as sa
from icalendar import Calendar, Event
from tests.domains.notifications.conftest import HOUR, STAFF, World, save_organization

from cilis.domains import bookings, identity, notifications
from cilis.domains.notifications.models import NoticeRow
from cilis.domains.notifications.service import composing, remind, tell_both
from cilis.domains.notifications.types import Kind
from cilis.domains.tenants import PriceDisplay
from cilis.infra.db import reading, transaction
from cilis.kit import clock
from cilis.testing.standins.control import SentMail


def entry(mail: SentMail) -> tuple[str, Event]:
    calendar = Calendar.from_ical(mail.calendar)
    (event,) = calendar.walk("VEVENT")
    return str(calendar["method"]), event


def plain(words: str) -> str:
    return words.replace("&nbsp;", " ").replace("\xa0", " ")


def papers(mail: SentMail) -> list[str]:
    """The names of the PDF files that travel with a mail."""
    parts = [one for one in message_from_string(mail.raw).walk() if one.get_filename()]
    found = [one for one in parts if one.get_content_type() == "application/pdf"]
    for one in found:
        content = one.get_payload(decode=True)
        assert isinstance(content, bytes)
        assert content.startswith(b"%PDF-")
    return [str(one.get_filename()) for one in found]


def kinds() -> list[str]:
    with reading() as session:
        mailed = sa.select(NoticeRow).where(NoticeRow.channel == "email")
        rows = session.scalars(mailed.order_by(NoticeRow.id))
        return [f"{row.kind} {row.state}" for row in rows]


def test_both_hear_of_a_confirmed_booking(world: World) -> None:
    booking = world.book()

    mine, theirs = world.only("hoa"), world.only("minh")
    year = clock.now().year
    assert papers(mine) == [f"rcp-{year}-00001.pdf"]  # the seller of this test has no tax number
    assert papers(theirs) == []
    assert mine.subject.startswith("Đã xác nhận: Thứ Hai, ")
    assert mine.subject.endswith("19:30 với ThS. Lê Hoàng Minh")
    assert theirs.subject.startswith("Có lịch hẹn: Thứ Hai, ")
    for mail in (mine, theirs):
        assert "19:30–20:15" in mail.text
        assert "19:30–20:15" in mail.html
        assert "45 phút qua video" in mail.text
        assert f"http://anbinh.localhost/bookings/{booking.id}" in mail.text
    for words in (
        "550.000 ₫",
        "thuế GTGT 10 %",
        "50.000 ₫",
        "Tổng cộng, qua VNPay",
        "18 Nguyễn Khắc Nhu",
    ):
        assert words in plain(mine.text)
        assert words in plain(mine.html)
    assert "hoàn toàn bộ tiền" in mine.text
    assert "275.000 ₫" in plain(mine.text)
    assert "thông báo phạt" in theirs.text
    assert "550.000" not in theirs.text


def test_the_money_is_told_as_it_was_when_it_was_booked(world: World) -> None:
    save_organization(price_display=PriceDisplay.NET)
    wish = bookings.HoldWish(world.services["paid"], world.monday + 19.5 * HOUR)
    booking = bookings.hold(wish, world.hoa)
    save_organization(tax_percent=20)  # for bookings to come
    world.stand_ins.pay(bookings.start_payment(booking.id, "vnpay", world.hoa, "203.0.113.7"))
    world.forward(timedelta(seconds=61))
    world.deliver()

    mail = world.only()
    for text in (plain(mail.text), plain(mail.html)):
        for words in ("500.000 ₫", "cộng thuế GTGT 10 %", "50.000 ₫", "550.000 ₫"):
            assert words in text


def test_a_mail_is_the_organizations_and_nobody_elses(world: World) -> None:
    world.book()
    mail = world.only()
    headers = dict(mail.headers)
    assert headers["From"].endswith("<lich@antam.example>")
    assert headers["Reply-To"] == "hotro@antam.example"
    assert headers["Message-ID"].endswith("@anbinh.localhost>")
    assert "cilis" not in mail.raw.lower() + mail.text.lower() + mail.html.lower()
    assert "cilis" not in mail.calendar.lower()


def test_styles_are_written_into_the_elements(world: World) -> None:
    world.book()
    html = world.only().html
    button = re.search(r'<a class="button"[^>]*>', html)
    assert button
    assert "background: #0f6b57" in button[0]
    assert "'Be Vietnam Pro'" in html
    assert "@media (prefers-color-scheme: dark)" in html
    assert "<script" not in html
    assert "http-equiv" not in html


def test_what_people_write_stays_text(world: World) -> None:
    wish = bookings.HoldWish(world.services["free"], world.monday + 9 * HOUR)
    booking = bookings.hold(wish, world.hoa)
    bookings.describe(booking.id, world.hoa, "<script>alert(1)</script> & {{7*7}}")
    bookings.start_payment(booking.id, "", world.hoa, "")
    world.deliver()
    mail = world.only("minh")
    assert "&lt;script&gt;" in mail.html
    assert "<script>alert(1)</script> & {{7*7}}" in mail.text


def test_the_invitation_follows_the_booking(world: World) -> None:
    booking = world.book()
    method, first = entry(world.only())
    assert (method, int(first["sequence"]), str(first["status"])) == ("REQUEST", 0, "CONFIRMED")
    assert first["uid"] == f"{booking.id.hex}@anbinh.localhost"
    assert (first.start, first.end) == (booking.starts_at, booking.ends_at)
    assert str(first["organizer"]) == "mailto:lich@antam.example"
    assert str(first["attendee"]) == "mailto:hoa@example.vn"
    assert b"DTSTART:" in world.only().calendar.encode()  # UTC, no zone rules
    assert "PRODID:-//An Tâm//VI" in world.only().calendar

    bookings.reschedule(booking.id, booking.starts_at + 24 * HOUR, STAFF, "Phòng bận")
    world.deliver()
    moved = world.mails()[-1]
    assert moved.subject.startswith("Giờ mới: Thứ Ba, ")
    assert "Giờ hẹn trước đây" in moved.text
    method, second = entry(moved)
    assert (method, int(second["sequence"]), second["uid"]) == ("REQUEST", 1, first["uid"])
    assert second.start == booking.starts_at + 24 * HOUR

    bookings.cancel(booking.id, world.hoa)
    world.deliver()
    cancelled = next(mail for mail in world.mails() if mail.subject.startswith("Đã hủy"))
    method, third = entry(cancelled)
    assert (method, str(third["status"]), third["uid"]) == ("CANCEL", "CANCELLED", first["uid"])
    assert int(third["sequence"]) > int(second["sequence"])
    assert "Hoàn lại 550.000 ₫" in plain(cancelled.html)


def test_a_request_and_its_refusal(world: World) -> None:
    booking = world.book("asked", 10)
    mine, theirs = world.only("hoa"), world.only("minh")
    assert mine.subject.startswith("Đã gửi yêu cầu")
    assert "sẽ tự động được hoàn lại" in mine.text.replace("\n", " ")
    assert theirs.subject.startswith("Yêu cầu mới")
    assert "/desk/requests" in theirs.text
    assert (mine.calendar, theirs.calendar) == ("", "")

    bookings.decline(booking.id, world.minh, "bận")
    world.deliver()
    last = world.mails()[-1]
    assert last.subject.startswith("Không thể thực hiện")
    assert "/experts/minh#times" in last.text
    assert len(world.mails("minh")) == 1


def test_a_request_that_is_accepted(world: World) -> None:
    booking = world.book("asked", 10)
    bookings.accept(booking.id, world.minh)
    world.deliver()
    subjects = [mail.subject.split(":")[0] for mail in world.mails()]
    assert subjects == ["Đã gửi yêu cầu", "Đã xác nhận"]


def test_the_money_is_back(world: World) -> None:
    booking = world.book()
    bookings.cancel(booking.id, world.hoa)
    for _ in range(4):
        world.deliver()
        world.forward(timedelta(hours=1))
    last = world.mails()[-1]
    assert "550.000 ₫ đang được hoàn lại cho bạn" in plain(last.subject)
    assert papers(last) == [f"cn-{clock.now().year}-00001.pdf"]
    assert booking.reference in last.text


def test_a_refused_refund_reaches_the_admin(world: World) -> None:
    booking = world.book()
    world.stand_ins.set_fault("refund_refused", "vnpay")
    bookings.cancel(booking.id, world.hoa)
    for _ in range(4):
        world.deliver()
        world.forward(timedelta(hours=1))
    assert world.only("lan").subject.startswith("Hoàn tiền không thành công")


def test_reminders_come_once_and_only_for_the_present_time(world: World) -> None:
    booking = world.book("free", 10)
    moved_to = booking.starts_at + 48 * HOUR
    bookings.reschedule(booking.id, moved_to, world.hoa)
    world.deliver()
    for moment in (booking.starts_at, moved_to - 23 * HOUR, moved_to - timedelta(minutes=40)):
        world.forward(moment - clock.now())
        world.deliver()
    subjects = [mail.subject.split(" Thứ")[0] for mail in world.mails()]
    assert subjects == [
        "Đã xác nhận:",
        "Giờ mới:",
        "Nhắc lịch:",
        "10:00 hôm nay với ThS. Lê Hoàng Minh",
    ]
    assert "/room" in world.mails()[-1].text
    assert len(world.mails("minh")) == 4


def test_a_session_elsewhere_promises_no_room(world: World) -> None:
    booking = world.book("there", 10)
    for before in (23 * HOUR, timedelta(minutes=40)):
        world.forward(booking.starts_at - before - clock.now())
        world.deliver()
    for name in ("hoa", "minh"):
        mails = world.mails(name)
        assert len(mails) == 3
        for mail in mails:
            assert "Trực tiếp: 5 Lê Lợi" in mail.text
            for word in ("video", "camera", "Phòng mở", "/room"):
                assert word not in mail.text.replace("Gặp tại phòng", ""), word


def test_a_reminder_that_comes_too_late_is_not_told(world: World) -> None:
    booking = world.book("free", 10)
    remind(booking.id, Kind.REMINDER_HOUR, booking.sequence)
    bookings.reschedule(booking.id, booking.starts_at + 24 * HOUR, STAFF, "Phòng bận")
    world.deliver()
    assert kinds().count("reminder_hour dropped") == 2

    moved = world.see(booking.id)
    world.forward(moved.starts_at - clock.now() + timedelta(minutes=1))
    remind(booking.id, Kind.REMINDER_DAY, moved.sequence)
    assert not any(told.startswith("reminder_day") for told in kinds())


def test_a_cancelled_session_reminds_nobody(world: World) -> None:
    booking = world.book("free", 10)
    bookings.cancel(booking.id, world.hoa)
    world.forward(booking.starts_at - clock.now() - timedelta(minutes=30))
    world.deliver()
    assert not any("Nhắc lịch" in mail.subject for mail in world.mails())


def test_afterwards_the_client_is_asked_for_a_review(world: World) -> None:
    booking = world.book("free", 10)
    world.forward(booking.ends_at - clock.now() + timedelta(minutes=1))
    world.deliver()
    assert world.mails()[-1].subject == "Buổi tư vấn với ThS. Lê Hoàng Minh thế nào?"
    assert f"/bookings/{booking.id}/review" in world.mails()[-1].text


def test_a_fact_told_twice_is_one_mail(world: World) -> None:
    booking = world.book("free", 10)
    for _ in range(3):
        tell_both(notifications.Kind.BOOKING_CONFIRMED, booking.id)
        world.deliver()
    assert len(world.mails("hoa")) == len(world.mails("minh")) == 1


def test_what_was_overtaken_is_not_sent(world: World) -> None:
    wish = bookings.HoldWish(world.services["free"], world.monday + 9 * HOUR)
    booking = bookings.hold(wish, world.hoa)
    bookings.start_payment(booking.id, "", world.hoa, "")
    bookings.cancel(booking.id, world.hoa)  # before anybody was told
    world.deliver()
    assert [mail.subject.split(":")[0] for mail in world.mails()] == ["Đã hủy"]
    assert "booking_confirmed dropped" in kinds()


def test_a_mail_server_that_is_busy_is_tried_again(world: World) -> None:
    world.stand_ins.set_fault("busy", "mail", times=4)
    world.book("free", 10)
    for _ in range(4):
        world.forward(timedelta(minutes=5))
        world.deliver()
    assert len(world.mails("hoa")) == len(world.mails("minh")) == 1
    assert set(kinds()) == {"booking_confirmed sent"}


def test_a_person_hears_of_things_in_their_order(world: World) -> None:
    booking = world.book("free", 10)
    world.stand_ins.set_fault("busy", "mail", times=3)
    bookings.reschedule(booking.id, booking.starts_at + 24 * HOUR, STAFF, "Phòng bận")
    world.deliver()
    bookings.cancel(booking.id, world.hoa)
    for _ in range(6):
        world.deliver()
        world.forward(timedelta(minutes=2))
    told = [mail.subject.split(":")[0] for mail in world.mails()]
    assert told in (["Đã xác nhận", "Giờ mới", "Đã hủy"], ["Đã xác nhận", "Đã hủy"])
    assert [mail.subject.split(":")[0] for mail in world.mails("minh")][-1] == "Đã hủy"


def test_a_letter_that_cannot_be_written_holds_up_nothing_for_long(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compose(*arguments: object) -> object:
        if arguments[1].kind == notifications.Kind.BOOKING_CONFIRMED:  # type: ignore[attr-defined]
            raise ZeroDivisionError
        return write(*arguments)  # type: ignore[arg-type]

    write = composing.compose
    monkeypatch.setattr(composing, "compose", compose)
    booking = world.book("free", 10)
    bookings.cancel(booking.id, world.hoa)
    for _ in range(8):
        world.deliver()
        world.forward(timedelta(minutes=2))
    assert [mail.subject.split(":")[0] for mail in world.mails()] == ["Đã hủy"]
    assert "booking_confirmed failed" in kinds()


def test_a_dead_address_is_given_up(world: World) -> None:
    world.stand_ins.set_fault("refuse", "mail")
    world.book("free", 10)
    world.forward(timedelta(hours=2))
    world.deliver()
    assert set(kinds()) == {"booking_confirmed failed"}


@pytest.mark.parametrize(
    ("language", "zone", "subject", "hours"),
    [("en", "Europe/Berlin", "Confirmed: Monday, ", "13:30–14:15"),
     ("de", "America/New_York", "Bestätigt: Montag, ", "07:30–08:15"),
     ("fr", "Asia/Ho_Chi_Minh", "Đã xác nhận", "19:30–20:15")],
)  # fmt: skip
def test_each_reads_in_their_language_and_zone(
    world: World, language: str, zone: str, subject: str, hours: str
) -> None:
    with transaction() as session:
        identity.import_person(
            session, name="Hoa", email="hoa@example.vn", language=language, time_zone=zone
        )
    world.book()
    mail = world.only()
    assert mail.subject.startswith(subject)
    assert hours in mail.text
    assert world.only("minh").subject.startswith("Có lịch hẹn")


def test_the_calendar_file_of_the_page(world: World) -> None:
    booking = world.book("free", 10)
    with reading() as session:
        content = notifications.calendar_file(session, world.hoa, booking.id)
        with pytest.raises(bookings.BookingNotFound):
            notifications.calendar_file(
                session, type(world.hoa)(world.cast.lan, None, frozenset({"client"})), booking.id
            )
    calendar = Calendar.from_ical(content)
    assert str(calendar["method"]) == "PUBLISH"
    assert next(iter(calendar.walk("VEVENT")))["uid"] == f"{booking.id.hex}@anbinh.localhost"
