from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from cilis.domains import bookings
from cilis.domains.bookings import Booking, BookingState
from cilis.infra import db
from cilis.testing.fixtures import Browser
from cilis.testing.scene import Scene

Browse = Callable[..., Browser]
Booked = Callable[..., Booking]


def read(booking: Booking) -> Booking:
    with db.reading() as session:
        return bookings.get(session, booking.id)


def test_held_pages_lead_to_payment(browse: Browse, scene: Scene, held: Booked) -> None:
    booking = held()
    page = browse("client").get(f"/bookings/{booking.id}")
    assert page.status_code == 200
    assert f'href="/checkout/{booking.id}"' in page.text
    assert browse("other_client").get(f"/bookings/{booking.id}").status_code == 404
    assert browse("expert").get(f"/bookings/{booking.id}").status_code == 404
    assert browse().get(f"/bookings/{booking.id}").status_code == 404


def test_while_the_payment_is_under_way_the_page_can_be_asked_again(
    browse: Browse, scene: Scene, held: Booked, gate: object
) -> None:
    booking = held()
    bookings.start_payment(booking.id, "gate", scene.viewer("client"), "127.0.0.1")
    page = browse("client").get(f"/bookings/{booking.id}")
    assert "Check again" in page.text
    assert f'data-subject="{booking.id}"' in page.text
    assert "http-equiv" not in page.text


def test_paid_is_confirmed_and_shown_to_both(browse: Browse, booked: Booked) -> None:
    booking = booked()
    assert booking.state == BookingState.CONFIRMED
    page = browse("client").get(f"/bookings/{booking.id}")
    for part in ("Confirmed", booking.reference, "calendar.ics", "/cancel", "/reschedule"):
        assert part in page.text
    assert "/room" not in page.text  # not yet
    theirs = browse("expert").get(f"/bookings/{booking.id}")
    assert "Alpha Client" in theirs.text
    theirs = browse("admin").get(f"/bookings/{booking.id}")
    assert theirs.location == f"/admin/bookings/{booking.id}"  # the staff has a page of its own
    live = browse("client").get(f"/bookings/{booking.id}/live")
    assert "<html" not in live.text
    assert "Confirmed" in live.text


def test_the_room_opens_ten_minutes_before(
    browse: Browse, booked: Booked, clock_forward: Callable[[timedelta], None]
) -> None:
    from cilis.kit import clock

    booking = booked(2)
    clock_forward(booking.starts_at - clock.now() - timedelta(minutes=9))
    page = browse("client").get(f"/bookings/{booking.id}")
    assert f'href="/bookings/{booking.id}/room"' in page.text


def test_the_calendar_file(browse: Browse, booked: Booked) -> None:
    booking = booked()
    answer = browse("client").get(f"/bookings/{booking.id}/calendar.ics")
    assert answer.status_code == 200
    assert answer.mimetype == "text/calendar"
    assert b"BEGIN:VEVENT" in answer.data
    assert b"cilis" not in answer.data.lower()
    assert browse("other_client").get(f"/bookings/{booking.id}/calendar.ics").status_code == 404


def test_what_it_is_about_can_be_changed(browse: Browse, booked: Booked) -> None:
    booking = booked()
    browser = browse("client")
    assert browser.submit(f"/bookings/{booking.id}/about", text="Về thuế <b>").status_code == 303
    page = browser.get(f"/bookings/{booking.id}")
    assert "Về thuế &lt;b&gt;" in page.text
    long = browser.submit(f"/bookings/{booking.id}/about", text="x" * 4001)
    assert long.status_code == 422
    assert "x" * 4001 in long.text


def test_cancelling_shows_first_what_comes_back(
    browse: Browse, booked: Booked, deliver: Callable[[], int]
) -> None:
    booking = booked()
    browser = browse("client")
    preview = browser.get(f"/bookings/{booking.id}/cancel")
    assert preview.status_code == 200
    assert "550,000" in preview.text or "550.000" in preview.text
    assert preview.text.count("/reschedule?at=") == 3
    assert read(booking).state == BookingState.CONFIRMED
    answer = browser.submit(f"/bookings/{booking.id}/cancel", reason="Bận")
    assert answer.status_code == 303
    assert browser.submit(f"/bookings/{booking.id}/cancel").status_code == 303
    deliver()
    assert read(booking).state == BookingState.CANCELLED
    page = browser.get(f"/bookings/{booking.id}")
    assert "Cancelled" in page.text
    assert "Refund" in page.text


def test_experts_say_why_they_cancel(browse: Browse, booked: Booked) -> None:
    booking = booked()
    browser = browse("expert")
    assert browser.submit(f"/bookings/{booking.id}/cancel", reason=" ").status_code == 422
    assert read(booking).state == BookingState.CONFIRMED
    assert browser.submit(f"/bookings/{booking.id}/cancel", reason="Ốm").status_code == 303
    assert read(booking).state == BookingState.CANCELLED


def test_another_time(browse: Browse, booked: Booked, scene: Scene) -> None:
    booking = booked()
    browser = browse("client")
    page = browser.get(f"/bookings/{booking.id}/reschedule")
    assert page.text.count('name="starts_at"') > 10
    wanted = scene.starts(40)[-1]
    chosen = browser.get(
        f"/bookings/{booking.id}/reschedule", query_string={"at": wanted.isoformat()}
    )
    assert f'value="{wanted.isoformat()}" checked' in chosen.text
    answer = browser.submit(f"/bookings/{booking.id}/reschedule", starts_at=wanted.isoformat())
    assert answer.status_code == 303
    assert read(booking).starts_at == wanted
    assert browser.submit(f"/bookings/{booking.id}/reschedule").status_code == 422


def test_a_taken_hour_keeps_the_old_one(browse: Browse, booked: Booked, scene: Scene) -> None:
    mine, theirs = booked(), booked(34)
    answer = browse("client").submit(
        f"/bookings/{mine.id}/reschedule", starts_at=theirs.starts_at.isoformat()
    )
    assert answer.status_code == 409
    assert 'role="alert"' in answer.text
    assert read(mine).starts_at == mine.starts_at


def test_lists_need_the_same_number_of_queries(
    browse: Browse, booked: Booked, queries: list[str]
) -> None:
    browser = browse("client")
    booked()
    browser.get("/bookings")  # the organization is read once a while
    counts = []
    for place in (None, 32, 34):
        if place:
            booked(place)
        queries.clear()
        assert browser.get("/bookings").status_code == 200
        counts.append(len(queries))
    assert len(set(counts)) == 1


@pytest.mark.parametrize("tail", ["", "/cancel", "/reschedule", "/live", "/calendar.ics"])
def test_strangers_see_nothing(browse: Browse, booked: Booked, tail: str) -> None:
    booking = booked()
    assert browse("other_client").get(f"/bookings/{booking.id}{tail}").status_code == 404


def test_a_review_after_the_session(
    browse: Browse,
    booked: Booked,
    clock_forward: Callable[[timedelta], None],
    deliver: Callable[[], int],
) -> None:
    from cilis.kit import clock

    booking = booked()
    browser = browse("client")
    assert browser.get(f"/bookings/{booking.id}/review").status_code == 303  # too early
    clock_forward(booking.ends_at - clock.now() + timedelta(minutes=1))
    deliver()
    browser = browse("client")
    assert f"/bookings/{booking.id}/review" in browser.get(f"/bookings/{booking.id}").text
    assert browser.get(f"/bookings/{booking.id}/review").status_code == 200
    refused = browser.submit(f"/bookings/{booking.id}/review", stars="9", text="Rất rõ ràng")
    assert refused.status_code == 422
    assert "Rất rõ ràng" in refused.text
    for _ in range(2):
        done = browser.submit(f"/bookings/{booking.id}/review", stars="5", text="Rất rõ ràng")
        assert done.status_code == 303
    assert "Rất rõ ràng" in browser.get(f"/bookings/{booking.id}").text
