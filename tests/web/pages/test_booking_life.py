"""Plans change, on pages: proposals, no-shows, objections, papers, the calendar's address."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from tests.web.pages.conftest import Gate, words
from tests.web.pages.conftest import client as client_of

from cilis.domains import bookings, experts, payments, scheduling
from cilis.domains.bookings import Booking, BookingState
from cilis.domains.scheduling import DayException, ExceptionKind
from cilis.hooks.payments import Outcome, PaymentNews, PaymentQuestion
from cilis.infra import db
from cilis.kit import clock
from cilis.testing.fixtures import Browser
from cilis.testing.scene import Scene
from cilis.web.views.standing import standing

Browse = Callable[..., Browser]
Booked = Callable[..., Booking]
Forward = Callable[[timedelta], None]
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
PDF = b"%PDF-1.7\n1 0 obj << >> endobj\n"


def read(booking: Booking) -> Booking:
    with db.reading() as session:
        return bookings.get(session, booking.id)


def proposal_path(page: str, act: str) -> str:
    found = re.search(rf'action="(/bookings/[^"]+/proposals/[^"]+/{act})"', page)
    assert found
    return found[1]


def starts_in(page: str) -> list[str]:
    return re.findall(r'name="starts(?:_at)?" value="([^"]+)"', page)


def upload(browser: Browser, booking: Booking, content: bytes, name: str, **more: str) -> Any:
    file = (io.BytesIO(content), name)
    return browser.submit(f"/bookings/{booking.id}/documents", file=file, **more)


class TestProposal:
    def test_the_expert_proposes_and_the_client_picks(
        self, browse: Browse, booked: Booked, scene: Scene
    ) -> None:
        booking = booked()
        expert, client = browse("expert"), browse("client")
        assert expert.get(f"/bookings/{booking.id}/reschedule").location.endswith("/proposal")
        page = expert.get(f"/bookings/{booking.id}/proposal")
        assert page.text.count('type="checkbox"') > 10
        assert client.get(f"/bookings/{booking.id}/proposal").status_code == 403
        first, second = scene.starts(40)[-2:]
        chosen = [first.isoformat(), second.isoformat()]
        # Another week is looked at: what was chosen stays chosen.
        week = (first + timedelta(days=21)).date().isoformat()
        looked = expert.submit(f"/bookings/{booking.id}/proposal", starts=chosen, look=week)
        assert looked.status_code == 200
        assert all(f'value="{one}" checked' in looked.text for one in chosen)
        assert expert.submit(f"/bookings/{booking.id}/proposal").status_code == 422
        sent = expert.submit(
            f"/bookings/{booking.id}/proposal", starts=chosen, text="Tòa án", **{"from": week}
        )
        assert sent.status_code == 303
        assert read(booking).starts_at == booking.starts_at
        assert "Take the proposal back" in expert.get(f"/bookings/{booking.id}").text

        page = client.get(f"/bookings/{booking.id}")
        assert "proposes another time" in page.text
        assert "Tòa án" in page.text
        path = proposal_path(page.text, "acceptance")
        assert browse("other_client").submit(path, starts_at=chosen[1]).status_code == 404
        assert client.submit(path, starts_at=chosen[1]).status_code == 303
        assert read(booking).starts_at == second
        story = words(client.get(f"/bookings/{booking.id}").text)
        assert "A proposed time was chosen" in story
        assert "by you" in story
        assert "→" in story

    def test_refused_and_taken_back(self, browse: Browse, booked: Booked, scene: Scene) -> None:
        booking = booked()
        expert, client = browse("expert"), browse("client")
        for act, who in (("refusal", client), ("withdrawal", expert)):
            start = scene.starts(40)[-1].isoformat()
            assert (
                expert.submit(f"/bookings/{booking.id}/proposal", starts=start).status_code == 303
            )
            path = proposal_path(who.get(f"/bookings/{booking.id}").text, act)
            assert who.submit(path).status_code == 303
            assert read(booking).starts_at == booking.starts_at
            assert "/proposals/" not in client.get(f"/bookings/{booking.id}").text

    def test_a_time_that_is_gone_is_not_shown(
        self, browse: Browse, booked: Booked, scene: Scene
    ) -> None:
        booking = booked()
        first, second = scene.starts(40)[-2:]
        chosen = [first.isoformat(), second.isoformat()]
        browse("expert").submit(f"/bookings/{booking.id}/proposal", starts=chosen)
        bookings.hold(bookings.HoldWish(scene.service, first), scene.viewer("other_client"))
        page = browse("client").get(f"/bookings/{booking.id}").text
        assert chosen[1] in page
        assert f'value="{chosen[0]}"' not in page


class TestOtherHours:
    @pytest.mark.parametrize(("who", "page"), [("client", "reschedule"), ("expert", "proposal")])
    def test_the_first_week_shown_is_one_with_free_hours(
        self, browse: Browse, booked: Booked, scene: Scene, who: str, page: str
    ) -> None:
        address = f"/bookings/{booked().id}/{page}"
        today = clock.now().astimezone(ZONE).date()
        for number in range(11):
            day = today + timedelta(days=number)
            off = DayException(day, 0, 24 * 60, ExceptionKind.OFF)
            scheduling.add_exception(scene.expert, off)
        free = today + timedelta(days=11)
        browser = browse(who)
        first = starts_in(browser.get(address).text)[0]
        assert datetime.fromisoformat(first).astimezone(ZONE).date() == free
        asked = browser.get(f"{address}?from={today}").text
        assert not starts_in(asked), "who asks for these days sees that they are full"
        assert "Next free day" in asked
        assert free.isoformat() in asked

    def test_a_session_moves_with_the_length_it_was_booked_with(
        self, browse: Browse, booked: Booked, scene: Scene
    ) -> None:
        booking = booked()
        today = clock.now().astimezone(ZONE).date()
        for number in range(9):  # two hours a day stay open
            day = today + timedelta(days=number)
            for since, until in ((0, 600), (720, 24 * 60)):
                off = DayException(day, since, until, ExceptionKind.OFF)
                scheduling.add_exception(scene.expert, off)
        longer = experts.ServiceWish(
            names={"vi": "Dài", "en": "Long"}, minutes=180, price_minor=550_000
        )
        experts.edit_service(booking.service_id, longer, scene.viewer("expert"))
        client, address = browse("client"), f"/bookings/{booking.id}/reschedule"
        wanted = starts_in(client.get(address).text)[-1]
        assert datetime.fromisoformat(wanted).astimezone(ZONE).hour in (10, 11)
        assert client.submit(address, starts_at=wanted).status_code == 303
        moved = read(booking)
        assert moved.starts_at == datetime.fromisoformat(wanted)
        assert moved.length == booking.length


class TestOutcome:
    def test_who_did_not_come(
        self, browse: Browse, booked: Booked, clock_forward: Forward, deliver: Callable[[], int]
    ) -> None:
        booking = booked()
        path = f"/bookings/{booking.id}/no-show"
        assert browse("expert").get(path).status_code == 303  # too early
        clock_forward(booking.starts_at - clock.now() + timedelta(minutes=11))
        expert = browse("expert")
        assert path in expert.get(f"/bookings/{booking.id}").text
        assert expert.get(path).status_code == 200
        assert browse("client").get(path).status_code == 403
        assert expert.submit(path, missed_by="nobody").status_code == 422
        assert expert.submit(path, missed_by="client", reason="30 phút").status_code == 303
        assert read(booking).state == BookingState.NO_SHOW

        client = browse("client")
        page = client.get(f"/bookings/{booking.id}")
        assert "I was there" in page.text
        objection = f"/bookings/{booking.id}/objection"
        assert client.get(objection).status_code == 200
        assert client.submit(objection).status_code == 422
        for _ in range(2):
            assert client.submit(objection, reason="Tôi đã ở đó").status_code == 303
        assert "A person looks at it" in client.get(f"/bookings/{booking.id}").text

        admin = browse("support")
        case = f"/admin/bookings/{booking.id}"
        assert "Tôi đã ở đó" in admin.get(case).text
        assert str(booking.id) in admin.get("/admin/bookings?disputed=1").text
        decision = f"{case}/decision"
        assert admin.submit(decision, outcome="expert_missed").status_code == 422
        done = admin.submit(decision, outcome="expert_missed", reason="Cuộc gọi")
        assert done.status_code == 303
        deliver()
        assert read(booking).missed_by == "expert"
        page = client.get(f"/bookings/{booking.id}")
        assert "Refund" in page.text

    def test_a_decision_ends_the_matter(
        self, browse: Browse, booked: Booked, clock_forward: Forward
    ) -> None:
        booking = booked()
        clock_forward(booking.starts_at - clock.now() + timedelta(minutes=11))
        browse("expert").submit(f"/bookings/{booking.id}/no-show", missed_by="client")
        client, objection = browse("client"), f"/bookings/{booking.id}/objection"
        assert client.submit(objection, reason="Tôi đã ở đó").status_code == 303
        decision = f"/admin/bookings/{booking.id}/decision"
        browse("support").submit(decision, outcome="client_missed", reason="Nhật ký phòng")
        assert objection not in client.get(f"/bookings/{booking.id}").text
        for answer in (client.get(objection), client.submit(objection, reason="again")):
            assert answer.location.endswith(f"/bookings/{booking.id}")
        assert "The organization has decided" in client.get(f"/bookings/{booking.id}").text
        assert read(booking).disputed_at is None


class TestPapers:
    def test_both_ways_and_nobody_else(self, browse: Browse, booked: Booked) -> None:
        booking = booked()
        client, expert = browse("client"), browse("expert")
        sent = upload(client, booking, PDF, "../../hồ sơ <b>.pdf")
        assert sent.location.endswith(f"/bookings/{booking.id}#papers")
        assert upload(expert, booking, b"Xin doc", "notes.txt").status_code == 303
        page = expert.get(f"/bookings/{booking.id}").text
        assert "Choose a file or drop it here" in page  # not the browser's words, in its language
        assert "hồ sơ &lt;b&gt;.pdf" in page
        assert "<b>.pdf" not in page
        paths = re.findall(r'class="icon-btn" href="(/bookings/[^"]+/documents/[0-9a-f-]+)"', page)
        assert len(paths) == 2
        for who in (client, expert):
            for path in paths:
                answer = who.get(path)
                assert answer.status_code == 200
                assert answer.headers["Content-Disposition"].startswith("attachment")
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert "sandbox" in answer.headers["Content-Security-Policy"]
                assert answer.headers["Cache-Control"] == "private, no-store"
        for stranger in ("other_client", "admin", "support"):
            assert browse(stranger).get(paths[0]).status_code == 404
        staff = browse("admin").get(f"/admin/bookings/{booking.id}").text
        assert "hồ sơ" not in staff
        assert "2 documents are shared" in staff

    def test_taken_back_by_its_owner_only(self, browse: Browse, booked: Booked) -> None:
        booking = booked()
        client, expert = browse("client"), browse("expert")
        upload(client, booking, PDF, "a.pdf")
        page = client.get(f"/bookings/{booking.id}").text
        path = re.findall(r'action="(/bookings/[^"]+/removal)"', page)[0]
        assert "/removal" not in expert.get(f"/bookings/{booking.id}").text
        assert expert.submit(path).status_code == 303  # nothing of theirs
        assert client.get(path.removesuffix("/removal")).status_code == 200
        for _ in range(2):
            assert client.submit(path).status_code == 303
        assert client.get(path.removesuffix("/removal")).status_code == 404

    @pytest.mark.parametrize(
        ("content", "name"),
        [(b"MZ\x90\x00", "a.exe"), (b"<html><script>", "a.txt"), (b"", "a.pdf")],
        ids=["program", "page", "empty"],
    )
    def test_other_kinds_are_refused(
        self, browse: Browse, booked: Booked, content: bytes, name: str
    ) -> None:
        booking = booked()
        answer = upload(browse("client"), booking, content, name)
        assert answer.status_code == 422
        assert "error" in answer.text

    def test_in_the_checkout_already(self, browse: Browse, held: Booked) -> None:
        booking = held()
        client = browse("client")
        back = upload(client, booking, PDF, "a.pdf", **{"from": "checkout"})
        assert back.location.endswith(f"/checkout/{booking.id}?step=about")
        assert "a.pdf" in client.get(back.location).text
        assert browse("expert").get(f"/bookings/{booking.id}").status_code == 404


class TestCalendar:
    def test_an_address_that_follows(
        self, browse: Browse, booked: Booked, scene: Scene, browser_client: Browser
    ) -> None:
        booking = booked()
        page = browse("client").get(f"/bookings/{booking.id}").text
        found = re.search(r'value="http[^"]*(/bookings/[^"]+\.ics)"', page)
        assert found
        first = browser_client.get(found[1])  # a calendar program knows no cookie
        assert first.status_code == 200
        assert b"SEQUENCE:0" in first.data
        assert b"STATUS:CONFIRMED" in first.data
        uid = re.search(rb"UID:(\S+)", first.data)
        bookings.reschedule(booking.id, scene.starts(40)[-1], scene.viewer("client"))
        assert b"SEQUENCE:1" in browser_client.get(found[1]).data
        bookings.cancel(booking.id, scene.viewer("client"))
        last = browser_client.get(found[1])
        assert b"SEQUENCE:2" in last.data
        assert b"STATUS:CANCELLED" in last.data
        assert re.search(rb"UID:(\S+)", last.data)[0] == uid[0]  # type: ignore[index]
        wrong = found[1][:-6] + ("a" if found[1][-6] != "a" else "b") + found[1][-5:]
        assert browser_client.get(wrong).status_code == 404

    def test_the_address_of_one_opens_no_other(
        self, browse: Browse, booked: Booked, browser_client: Browser
    ) -> None:
        mine, other = booked(), booked(36)
        page = browse("client").get(f"/bookings/{mine.id}").text
        found = re.search(r'value="http[^"]*(/bookings/[^"]+\.ics)"', page)
        assert found
        swapped = found[1].replace(str(mine.id), str(other.id))
        assert browser_client.get(swapped).status_code == 404


class TestStaff:
    def test_the_list_finds_and_leads_to_the_case(
        self, browse: Browse, booked: Booked, app: Flask
    ) -> None:
        booking = booked()
        support = browse("support")
        for asked in ("", "?q=" + booking.reference, "?q=Alpha+Client", "?state=confirmed"):
            assert str(booking.id) in support.get(f"/admin/bookings{asked}").text
        day = booking.starts_at.date()
        window = f"?since={day - timedelta(days=1)}&until={day + timedelta(days=1)}"
        assert str(booking.id) in support.get(f"/admin/bookings{window}").text
        for asked in ("?q=ZZZZZZZZ", "?state=cancelled", "?since=2030-01-01"):
            assert str(booking.id) not in support.get(f"/admin/bookings{asked}").text
        assert browse("expert").get("/admin/bookings").status_code == 403
        case = support.get(f"/admin/bookings/{booking.id}")
        assert "Alpha Client" in case.text
        assert f"/bookings/{booking.id}/cancel" in case.text

    def test_what_the_two_discuss_is_not_shown(self, browse: Browse, booked: Booked) -> None:
        booking = booked()
        browse("client").submit(f"/bookings/{booking.id}/about", text="Bí mật của tôi")
        assert "Bí mật" not in browse("admin").get(f"/admin/bookings/{booking.id}").text
        assert "Bí mật" in browse("expert").get(f"/bookings/{booking.id}").text

    def test_on_behalf_of_the_client(
        self, browse: Browse, booked: Booked, scene: Scene, clock_forward: Forward
    ) -> None:
        booking = booked()
        clock_forward(booking.starts_at - clock.now() - timedelta(hours=10))
        support = browse("support")
        page = support.get(f"/bookings/{booking.id}/cancel").text
        assert "In the name of the client" in page
        assert support.submit(f"/bookings/{booking.id}/cancel").status_code == 422
        later = scene.starts(60)[-1]
        moved = support.submit(
            f"/bookings/{booking.id}/reschedule", starts_at=later.isoformat(),
            reason="Điện thoại", on_behalf_of="client",
        )  # fmt: skip
        assert moved.status_code == 303
        assert read(booking).starts_at == later
        done = support.submit(
            f"/bookings/{booking.id}/cancel", reason="Điện thoại", on_behalf_of="client"
        )
        assert done.status_code == 303
        assert read(booking).refund_minor == booking.price_minor // 2
        story = words(support.get(f"/admin/bookings/{booking.id}").text)
        assert "by Alpha Support" in story
        assert "by the organization" in words(browse("client").get(f"/bookings/{booking.id}").text)

    def test_the_list_needs_the_same_number_of_queries(
        self, browse: Browse, booked: Booked, queries: list[str]
    ) -> None:
        browser = browse("support")
        booked()
        browser.get("/admin/bookings")
        counts = []
        for place in (None, 32, 34):
            if place:
                booked(place)
            tries = []
            for _ in range(3):  # some things, as the organization, are read anew once a while
                queries.clear()
                assert browser.get("/admin/bookings").status_code == 200
                tries.append(len(queries))
            counts.append(min(tries))
        assert len(set(counts)) == 1


class TestHold:
    def test_an_hour_that_is_being_paid_comes_first(
        self, browse: Browse, scene: Scene, gate: object
    ) -> None:
        client = browse("client")
        starts = scene.starts(3)
        wish = {"service_id": str(scene.service), "starts_at": starts[0].isoformat()}
        first = client.submit("/holds", **wish).location.rpartition("/")[2]
        client.submit(f"/checkout/{first}/payment", provider="gate")
        refused = client.submit("/holds", **(wish | {"starts_at": starts[2].isoformat()}))
        assert refused.location.endswith(f"/bookings/{first}")
        page = client.get(f"/bookings/{first}")
        assert "begun to pay" in page.text
        assert client.submit(f"/bookings/{first}/release").status_code == 303
        assert (
            "/checkout/"
            in client.submit("/holds", **(wish | {"starts_at": starts[2].isoformat()})).location
        )

    def test_after_a_failed_payment_there_is_nothing_to_wait_for(
        self, browse: Browse, held: Booked, gate: Any, scene: Scene,
        clock_forward: Forward, deliver: Callable[[], int],
    ) -> None:  # fmt: skip
        from cilis.hooks.payments import Outcome

        booking = held()
        gate.outcome = Outcome.FAILED
        bookings.start_payment(booking.id, "gate", scene.viewer("client"), "127.0.0.1")
        clock_forward(timedelta(seconds=61))
        deliver()
        page = browse("client").get(f"/bookings/{booking.id}").text
        assert "did not go through" in page
        assert "Check again" not in page
        assert "To payment" in page


def test_the_page_tells_of_the_payment_that_bought_the_hour(
    held: Booked,
    gate: Gate,
    scene: Scene,
    deliver: Callable[[], int],
    clock_forward: Forward,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A client pays in the second tab, and later, after all, in the first one."""
    booking, paid, query = held(30), set[str](), gate.query
    for _ in range(2):
        bookings.start_payment(booking.id, "gate", client_of(scene), "127.0.0.1")
    first, second = (order.reference for order in gate.orders)

    def asked(question: PaymentQuestion, settings: Mapping[str, str]) -> PaymentNews:
        gate.outcome = Outcome.PAID if question.reference in paid else Outcome.PENDING
        return query(question, settings)

    monkeypatch.setattr(gate, "query", asked)
    for reference in (second, first):
        paid.add(reference)
        for _ in range(3):
            clock_forward(timedelta(minutes=4))
            deliver()
    with db.reading() as session:
        assert payments.attempt(session, UUID(first)).state == payments.AttemptState.CAPTURED
        assert payments.refunded_minor(session, UUID(first)) == booking.price_minor
        found = standing(session, bookings.get(session, booking.id), client_of(scene))
    assert found.attempt
    assert found.attempt.reference == second
    assert (found.visit.state, list(found.refunds)) == (BookingState.CONFIRMED, [])
    assert found.left == booking.price


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_days_far_away_are_no_question(browse: Browse, booked: Booked, day: str) -> None:
    booking = booked()
    support = browse("support")
    assert support.get(f"/admin/bookings?since={day}&until={day}").status_code == 200
    address = f"/bookings/{booking.id}/reschedule?at={day}T23:59:00-12:00"
    assert support.get(address).status_code == 200


def test_a_hold_that_ran_out_while_somebody_paid_promises_nothing_false(
    browse: Browse, held: Booked, gate: Gate, scene: Scene,
    deliver: Callable[[], int], clock_forward: Forward,
) -> None:  # fmt: skip
    gate.outcome = Outcome.PENDING
    booking = held(30)
    bookings.start_payment(booking.id, "gate", client_of(scene), "127.0.0.1")
    for _ in range(2):
        clock_forward(timedelta(minutes=16))
        deliver()
    assert read(booking).state == BookingState.EXPIRED
    page = words(browse("client").get(f"/bookings/{booking.id}").text)
    assert "Nothing was charged" not in page
    assert "or the money comes back" in page
