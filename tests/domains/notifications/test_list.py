from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from tests.domains.notifications.conftest import HOUR, World

from cilis.domains import notifications, reviews
from cilis.domains.notifications import service
from cilis.domains.notifications.errors import NoticeNotFound
from cilis.domains.notifications.models import NoticeRow
from cilis.domains.notifications.types import PAGE, Kind, Matter, Rules, Timing
from cilis.infra import realtime
from cilis.infra.db import reading, transaction
from cilis.infra.i18n import speaking
from cilis.infra.tenancy import Tenant, serving
from cilis.kit import clock, ids
from cilis.kit.errors import InvalidInput
from cilis.testing.fixtures import PASSWORD, Browser

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.fixture
def pushed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    seen: list[tuple[str, str]] = []
    monkeypatch.setattr(realtime, "push", lambda room, event, _: seen.append((room, event)))
    return seen


def lines(person: UUID) -> list[notifications.Told]:
    with reading() as session, speaking("vi", "Asia/Ho_Chi_Minh"):
        return [notifications.told(row) for row in notifications.page(session, person).items]


def unread(person: UUID) -> int:
    with reading() as session:
        return notifications.unread_count(session, person)


def states(kind: Kind, channel: str = "email") -> list[str]:
    with reading() as session:
        found = sa.select(NoticeRow.state).where(
            NoticeRow.kind == kind, NoticeRow.channel == channel
        )
        return [state.value for state in session.scalars(found)]


def choose(world: World, matter: Matter, timing: Timing, **hours: Any) -> None:
    hours.setdefault("quiet", None)
    service.choose(world.hoa, {(matter, "email"): timing}, **hours)


def tell_message(world: World) -> UUID:
    conversation = ids.new()
    about = {"name": "Lê Hoàng Minh"}
    key = f"message:{conversation}"
    service.tell_person(Kind.MESSAGE_WAITING, key, world.cast.hoa, conversation, about=about)
    return conversation


class TestTheList:
    def test_both_sides_read_of_a_booking(
        self, world: World, pushed: list[tuple[str, str]]
    ) -> None:
        booking = world.book()
        (mine,) = lines(world.cast.hoa)
        assert mine.title == "Đã xác nhận: buổi hẹn của bạn với ThS. Lê Hoàng Minh"
        assert mine.text.startswith("Đọc thông báo thuế · T2 ")
        assert mine.link == f"/bookings/{booking.id}"
        assert not mine.is_read
        (theirs,) = lines(world.cast.minh)
        assert theirs.title == "Hoa đã đặt một buổi hẹn"
        for person in (world.cast.hoa, world.cast.minh):
            assert (f"person:{person}", "notifications.told") in pushed

    def test_a_secret_never_stands_in_it(self, world: World) -> None:
        service.tell_person(Kind.RESET_PASSWORD, "reset", world.cast.hoa, ids.new())
        assert lines(world.cast.hoa) == []

    def test_reading_one_and_all(self, world: World, pushed: list[tuple[str, str]]) -> None:
        for number in range(3):
            service.tell_person(
                Kind.PASSWORD_CHANGED, f"changed:{number}", world.cast.hoa, world.cast.hoa
            )
        assert unread(world.cast.hoa) == 3
        pushed.clear()
        service.mark_read(lines(world.cast.hoa)[0].id, world.hoa)
        assert unread(world.cast.hoa) == 2
        assert pushed == [(f"person:{world.cast.hoa}", "notifications.told")]
        assert service.mark_all_read(world.hoa) == 2
        assert service.mark_all_read(world.hoa) == 0
        assert unread(world.cast.hoa) == 0

    def test_nobody_reads_anothers(self, world: World) -> None:
        service.tell_person(Kind.PASSWORD_CHANGED, "changed", world.cast.hoa, world.cast.hoa)
        with pytest.raises(NoticeNotFound):
            service.mark_read(lines(world.cast.hoa)[0].id, world.minh)
        assert unread(world.cast.hoa) == 1

    def test_looking_at_the_thing_itself_reads_its_notices(self, world: World) -> None:
        conversation = tell_message(world)
        assert notifications.mark_subject_read(world.cast.hoa, conversation) == 1
        assert unread(world.cast.hoa) == 0

    def test_it_is_paged_and_asks_the_database_once(self, world: World, queries: list[str]) -> None:
        for number in range(25):
            service.tell_person(
                Kind.PASSWORD_CHANGED, f"changed:{number}", world.cast.hoa, world.cast.hoa
            )
        seen: list[UUID] = []
        cursor = None
        with reading() as session:
            for _ in range(3):
                queries.clear()
                page = notifications.page(session, world.cast.hoa, cursor=cursor, limit=10)
                assert len(queries) == 1
                seen += [row.id for row in page.items]
                cursor = page.next_cursor
        assert cursor is None
        assert len(set(seen)) == 25
        assert seen == sorted(seen, reverse=True)

    def test_a_review_and_its_answer(self, world: World) -> None:
        booking = world.book("free", 10)
        world.forward(booking.ends_at - clock.now() + HOUR)
        world.deliver()
        written = reviews.write(booking.id, 5, "Rất rõ ràng", world.hoa)
        world.deliver()
        assert lines(world.cast.minh)[0].title.endswith("đã nhận xét buổi hẹn với bạn")
        reviews.answer(written.id, "Cảm ơn bạn", world.minh)
        world.deliver()
        assert lines(world.cast.hoa)[0].title == "ThS. Lê Hoàng Minh đã trả lời nhận xét của bạn"
        assert "Cảm ơn bạn" not in str(lines(world.cast.hoa))


class TestChoices:
    def test_off_sends_no_mail_and_the_list_still_has_it(self, world: World) -> None:
        choose(world, Matter.MESSAGES, Timing.OFF)
        tell_message(world)
        world.deliver()
        assert world.mails() == []
        assert unread(world.cast.hoa) == 1

    def test_money_and_account_cannot_be_switched_off(self, world: World) -> None:
        for matter in (Matter.MONEY, Matter.SECURITY):
            with pytest.raises(InvalidInput):
                choose(world, matter, Timing.OFF)
            with pytest.raises(InvalidInput):
                service.switch_off(world.cast.hoa, matter, "email")

    def test_what_is_no_channel_or_comes_too_late_is_refused(self, world: World) -> None:
        with pytest.raises(InvalidInput):
            service.choose(world.hoa, {(Matter.MESSAGES, "pigeon"): Timing.OFF}, quiet=None)
        with pytest.raises(InvalidInput):
            choose(world, Matter.REMINDERS, Timing.DAILY)

    def test_the_letter_of_the_day_gathers(self, world: World) -> None:
        choose(world, Matter.MESSAGES, Timing.DAILY, digest_minute=18 * 60)
        tell_message(world)
        tell_message(world)
        world.deliver()
        assert world.mails() == []
        at = Rules(digest_minute=18 * 60).digest_at(clock.now(), HANOI)
        world.forward(at - clock.now() + timedelta(minutes=1))
        world.deliver()
        mail = world.only()
        assert mail.subject == "2 thông báo từ hôm qua"
        assert "Lê Hoàng Minh đã nhắn tin cho bạn" in mail.text
        assert states(Kind.MESSAGE_WAITING) == ["sent", "sent"]
        world.forward(24 * HOUR)
        world.deliver()
        assert len(world.mails()) == 1

    def test_a_later_hour_of_the_same_day_has_its_letter(self, world: World) -> None:
        at = Rules(digest_minute=18 * 60).digest_at(clock.now(), HANOI)
        for hour in (18, 19):
            choose(world, Matter.MESSAGES, Timing.DAILY, digest_minute=hour * 60)
            tell_message(world)
            world.forward(at + (hour - 18) * HOUR - clock.now() + timedelta(minutes=1))
            world.deliver()
        assert [mail.subject for mail in world.mails()] == ["1 thông báo từ hôm qua"] * 2

    def test_quiet_hours_hold_back_what_can_wait(self, world: World) -> None:
        now = clock.now().astimezone(HANOI)
        minute = now.hour * 60 + now.minute
        quiet = ((minute - 60) % 1440, (minute + 120) % 1440)
        choose(world, Matter.MESSAGES, Timing.NOW, quiet=quiet)
        tell_message(world)
        service.tell_person(Kind.PASSWORD_CHANGED, "changed", world.cast.hoa, world.cast.hoa)
        world.deliver()
        assert world.only().subject == "Mật khẩu của bạn đã được đổi"
        world.forward(timedelta(minutes=121))
        world.deliver()
        assert world.mails()[-1].subject == "Lê Hoàng Minh đã nhắn tin cho bạn"

    @pytest.mark.parametrize(
        ("quiet", "at", "until"),
        [
            ((1320, 420), "2026-11-23T23:30", "2026-11-24T07:00"),
            ((1320, 420), "2026-11-24T06:59", "2026-11-24T07:00"),
            ((1320, 420), "2026-11-24T07:00", None),
            ((780, 840), "2026-11-24T13:10", "2026-11-24T14:00"),
            ((780, 840), "2026-11-24T14:00", None),
            ((600, 600), "2026-11-24T10:00", None),
        ],
    )
    def test_the_end_of_quiet_hours(
        self, quiet: tuple[int, int], at: str, until: str | None
    ) -> None:
        now = datetime.fromisoformat(at).replace(tzinfo=HANOI).astimezone(UTC)
        found = Rules(quiet=quiet).not_before(Matter.MESSAGES, now, HANOI)
        wanted = datetime.fromisoformat(until).replace(tzinfo=HANOI) if until else None
        assert found == wanted
        assert Rules(quiet=quiet).not_before(Matter.MONEY, now, HANOI) is None


@pytest.mark.parametrize(
    ("refund", "line"),
    [
        (550_000, "Minh did not come: your money goes back"),
        (0, "Minh did not come to your session"),
    ],
)
def test_money_that_was_not_paid_does_not_go_back(refund: int, line: str) -> None:
    detail = {"side": "client", "missed_by": "expert", "refund_minor": refund}
    row = NoticeRow(
        id=ids.new(),
        kind=Kind.BOOKING_MISSED,
        subject_id=ids.new(),
        detail={**detail, "about": {"name": "Minh"}},
        created_at=clock.now(),
    )
    with speaking("en", "UTC"):
        assert notifications.told(row).title == line


class TestTheWayOut:
    def test_one_click_ends_a_kind_of_mail(self, world: World, browser_client: Browser) -> None:
        tell_message(world)
        world.deliver()
        headers = dict(world.only().headers)
        assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        found = re.fullmatch(r"<http://anbinh\.localhost(/unsubscribe/\S+)>",
                             headers["List-Unsubscribe"])  # fmt: skip
        assert found
        assert browser_client.get(found[1]).status_code == 200
        assert "http://anbinh.localhost/account/notices" in world.only().text
        assert "http://anbinh.localhost/account/notices" in world.only().html
        answer = browser_client.post(
            found[1], data={"List-Unsubscribe": "One-Click"}, headers={"Origin": "https://mail.x"}
        )
        assert answer.status_code == 200
        tell_message(world)
        world.deliver()
        assert len(world.mails()) == 1

    def test_one_click_ends_the_letter_of_the_day(
        self, world: World, browser_client: Browser
    ) -> None:
        choose(world, Matter.MESSAGES, Timing.DAILY)
        choose(world, Matter.REVIEWS, Timing.DAILY)
        choose(world, Matter.DOCUMENTS, Timing.NOW)
        tell_message(world)
        world.forward(24 * HOUR)
        world.deliver()
        mail = world.only()
        headers = dict(mail.headers)
        assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        found = re.fullmatch(r"<http://anbinh\.localhost(/unsubscribe/\S+)>",
                             headers["List-Unsubscribe"])  # fmt: skip
        assert found
        assert "Thư tổng hợp hằng ngày" in browser_client.get(found[1]).text
        tell_message(world)  # gathered for tomorrow
        answer = browser_client.post(
            found[1], data={"List-Unsubscribe": "One-Click"}, headers={"Origin": "https://mail.x"}
        )
        assert answer.status_code == 200
        tell_message(world)
        world.forward(24 * HOUR)
        world.deliver()
        assert len(world.mails()) == 1
        with reading() as session:
            rules, _ = service.preferences(session, world.hoa)
        assert rules.timing(Matter.MESSAGES, "email") == Timing.OFF
        assert rules.timing(Matter.REVIEWS, "email") == Timing.OFF
        assert rules.timing(Matter.DOCUMENTS, "email") == Timing.NOW
        assert rules.timing(Matter.MESSAGES, PAGE) == Timing.NOW

    def test_mandatory_mails_have_none(self, world: World) -> None:
        service.tell_person(Kind.PASSWORD_CHANGED, "changed", world.cast.hoa, world.cast.hoa)
        world.deliver()
        assert "List-Unsubscribe" not in dict(world.only().headers)
        assert "/account/notices" not in world.only().text

    @pytest.mark.usefixtures("tenant")
    def test_an_altered_link_is_not_found(self, browser_client: Browser) -> None:
        assert browser_client.get("/unsubscribe/abc.def.ghi").status_code == 404


class TestPagesAndProgram:
    @pytest.fixture
    def hoa(self, world: World, browser_client: Browser) -> Browser:
        answer = browser_client.submit("/log-in", email="hoa@example.vn", password=PASSWORD)
        assert answer.status_code == 303
        with transaction() as session:
            session.execute(sa.delete(NoticeRow))
        return browser_client

    def test_the_bell_counts_and_the_list_shows(self, world: World, hoa: Browser) -> None:
        conversation = tell_message(world)
        assert 'class="bell-n" aria-hidden="true">1<' in hoa.get("/").text
        page = hoa.get("/notices")
        assert "Lê Hoàng Minh đã nhắn tin cho bạn" in page.text
        (one,) = lines(world.cast.hoa)
        gone = hoa.submit(f"/notices/{one.id}/read")
        assert (gone.status_code, gone.location) == (303, f"/messages/{conversation}")
        assert "bell-n" not in hoa.get("/notices/bell").text
        tell_message(world)
        assert hoa.submit("/notices/read").status_code == 303
        assert unread(world.cast.hoa) == 0

    def test_choosing_on_the_page(self, world: World, hoa: Browser) -> None:
        form = hoa.get("/account/notices")
        assert form.status_code == 200
        assert 'name="messages.email"' in form.text
        assert 'name="security.email"' not in form.text
        assert 'name="staff.email"' not in form.text
        saved = hoa.submit(
            "/account/notices",
            **{"messages.email": "daily", "security.email": "off", "quiet": "1",
               "quiet_from": "22:00", "quiet_until": "07:00", "digest_at": "19:30"},
        )  # fmt: skip
        assert saved.status_code == 303
        with reading() as session:
            rules, _ = service.preferences(session, world.hoa)
        assert rules.timing(Matter.MESSAGES, "email") == Timing.DAILY
        assert rules.timing(Matter.SECURITY, "email") == Timing.NOW
        assert (rules.quiet, rules.digest_minute) == ((1320, 420), 1170)
        wrong = hoa.submit("/account/notices", quiet="1", quiet_from="25:00", quiet_until="07:00")
        assert wrong.status_code == 422

    def test_the_same_by_program(self, world: World, hoa: Browser) -> None:
        tell_message(world)
        listed = hoa.get("/api/v1/notices?unread=true").get_json()
        assert [one["kind"] for one in listed["items"]] == ["message_waiting"]
        assert hoa.get("/api/v1/notices/unread").get_json() == {"unread": 1}
        origin = {"X-Csrf": _csrf(hoa)}
        one = listed["items"][0]["id"]
        read = hoa.post(f"/api/v1/notices/{one}/reads", headers=origin)
        assert read.get_json()["read"] is True
        assert hoa.post("/api/v1/notices/reads", headers=origin).get_json() == {"marked": 0}
        body = {
            "choices": [{"matter": "messages", "channel": "email", "timing": "off"}],
            "quiet_from": "22:00", "quiet_until": "07:00",
        }  # fmt: skip
        kept = hoa.put("/api/v1/notice-preferences", json=body, headers=origin).get_json()
        assert kept["quiet_from"] == "22:00"
        chosen = {(one["matter"], one["channel"]): one for one in kept["choices"]}
        assert chosen["messages", "email"]["timing"] == "off"
        assert chosen["money", "email"]["mandatory"] is True
        body["choices"][0]["matter"] = "money"  # type: ignore[index]
        refused = hoa.put("/api/v1/notice-preferences", json=body, headers=origin)
        assert refused.status_code == 422


def _csrf(browser: Browser) -> str:
    found = re.search(r'"X-Csrf": "([0-9a-f]+)"', browser.get("/notices").text)
    assert found
    return found[1]


@pytest.fixture
def queries() -> Any:
    seen: list[str] = []

    def note(_c: Any, _cur: Any, statement: str, *_more: Any) -> None:
        seen.append(statement)

    sa.event.listen(sa.engine.Engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(sa.engine.Engine, "before_cursor_execute", note)


def test_a_repeated_event_tells_once(world: World, emitted: Callable[[], list[Any]]) -> None:
    review = ids.new()
    for _ in range(2):
        service.tell_person(
            Kind.REVIEW_ANSWERED, f"review_answered:{review}", world.cast.hoa, review
        )
    due = [one for one in emitted() if one.name == "notifications.due.v1"]
    assert len(due) == 1
    assert unread(world.cast.hoa) == 1


def test_another_organization_reads_nothing(world: World, other_tenant: Tenant) -> None:
    tell_message(world)
    with serving(other_tenant):
        assert unread(world.cast.hoa) == 0
