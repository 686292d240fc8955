from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from PIL import Image

from cilis.domains import bookings, experts, scheduling
from cilis.domains.bookings import Booking, BookingState
from cilis.domains.scheduling import WeeklyRule
from cilis.hooks.payments import Outcome
from cilis.infra import db
from cilis.infra.tenancy import Tenant
from cilis.kit import clock
from cilis.testing.fixtures import Browser
from cilis.testing.scene import Scene, open_scene

Browse = Callable[..., Browser]
Booked = Callable[..., Booking]
PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"


def send(browser: Browser, path: str, **data: object) -> object:
    from cilis.infra.http import csrf

    cookie = browser.get_cookie("session", domain=browser.host)
    token = csrf._token(cookie.value if cookie else "", 0)
    return browser.post(path, data={"_csrf": token, **data}, content_type="multipart/form-data")


def test_clients_have_no_desk(browse: Browse) -> None:
    for path in ("/desk", "/desk/hours", "/desk/services", "/desk/profile", "/admin"):
        assert browse("client").get(path).status_code == 403
        assert browse().get(path).status_code == 303


class TestRequests:
    @pytest.fixture
    def scene(self, tenant: Tenant) -> Scene:
        del tenant
        return open_scene(needs_acceptance=True)

    def test_a_request_is_seen_and_accepted(self, browse: Browse, booked: Booked) -> None:
        booking = booked()
        assert booking.state == BookingState.PENDING
        desk = browse("expert")
        page = desk.get("/desk")
        assert "Alpha Client" in page.text
        assert f"/desk/requests/{booking.id}/acceptance" in page.text
        assert desk.get("/desk/requests").status_code == 200
        for _ in range(2):
            assert desk.submit(f"/desk/requests/{booking.id}/acceptance").status_code == 303
        with db.reading() as session:
            assert bookings.get(session, booking.id).state == BookingState.CONFIRMED

    def test_declining_needs_a_reason(self, browse: Browse, booked: Booked) -> None:
        booking = booked()
        desk = browse("expert")
        assert desk.get(f"/desk/requests/{booking.id}/refusal").status_code == 200
        refused = desk.submit(f"/desk/requests/{booking.id}/refusal", reason=" ")
        assert refused.status_code == 422
        done = desk.submit(f"/desk/requests/{booking.id}/refusal", reason="Hôm đó tôi đi vắng")
        assert done.status_code == 303
        page = browse("client").get(f"/bookings/{booking.id}")
        assert "Hôm đó tôi đi vắng" in page.text

    def test_nobody_else_answers(self, browse: Browse, booked: Booked) -> None:
        booking = booked()
        for path in ("acceptance", "refusal"):
            answer = browse("client").submit(f"/desk/requests/{booking.id}/{path}")
            assert answer.status_code == 403


class TestHours:
    def test_a_week_is_replaced(self, browse: Browse, scene: Scene) -> None:
        desk = browse("expert")
        form = {
            "d0_0_from": "09:00",
            "d0_0_until": "12:30",
            "d0_1_from": "14:00",
            "d0_1_until": "00:00",
            "d6_0_from": "",
            "d6_0_until": "",
        }
        for _ in range(2):
            assert desk.submit("/desk/hours", **form).status_code == 303
        with db.reading() as session:
            week = scheduling.hours(session, scene.expert).weekly
        assert week == (WeeklyRule(0, 540, 750), WeeklyRule(0, 840, 1440))
        page = desk.get("/desk/hours")
        assert 'value="12:30"' in page.text
        assert 'value="00:00"' in page.text

    @pytest.mark.parametrize(
        ("form", "row"),
        [
            ({"d1_0_from": "09:00", "d1_0_until": ""}, "d1_0"),
            ({"d1_0_from": "12:00", "d1_0_until": "09:00"}, "d1_0"),
            ({"d1_0_from": "nine", "d1_0_until": "10:00"}, "d1_0"),
            (
                {
                    "d1_0_from": "09:00",
                    "d1_0_until": "12:00",
                    "d1_1_from": "11:00",
                    "d1_1_until": "13:00",
                },
                "d1_1",
            ),
        ],
    )
    def test_wrong_hours_are_shown_where_they_are(
        self, browse: Browse, form: dict[str, str], row: str
    ) -> None:
        answer = browse("expert").submit("/desk/hours", **form)
        assert answer.status_code == 422
        assert f'id="{row}-error"' in answer.text
        for value in form.values():
            assert f'value="{value}"' in answer.text

    def test_days_off_come_and_go(self, browse: Browse, scene: Scene) -> None:
        desk = browse("expert")
        day = (clock.now() + timedelta(days=3)).date()
        form = {"kind": "off", "day": day.isoformat(), "from": "", "until": ""}
        for _ in range(2):  # a second press of the same form
            sent = desk.submit("/desk/hours/exceptions", **form, _key="a-day")
            assert sent.status_code == 303
        with db.reading() as session:
            (kept,) = scheduling.hours(session, scene.expert).exceptions
        assert (kept.day, kept.start_minute, kept.end_minute) == (day, 0, 1440)
        assert str(kept.id) in desk.get("/desk/hours").text
        for _ in range(2):
            gone = desk.submit(f"/desk/hours/exceptions/{kept.id}/removal")
            assert gone.status_code == 303
        with db.reading() as session:
            assert scheduling.hours(session, scene.expert).exceptions == ()
        wrong = desk.submit("/desk/hours/exceptions", **form | {"kind": "extra"})
        assert wrong.status_code == 422
        assert day.isoformat() in wrong.text


class TestServices:
    FORM: ClassVar[dict[str, str]] = {
        "names[vi]": "Tư vấn nhanh",
        "names[en]": "Quick advice",
        "minutes": "30",
        "price": "275.000",
        "buffer_before_minutes": "0",
        "buffer_after_minutes": "10",
        "notice_minutes": "60",
        "window_days": "30",
        "active": "1",
    }

    def test_add_change_switch(self, browse: Browse, scene: Scene) -> None:
        desk = browse("expert")
        assert desk.submit("/desk/services", **self.FORM).status_code == 303
        with db.reading() as session:
            offer = experts.mine(session, scene.viewer("expert")).services[-1]
        assert offer.terms.price.minor == 275_000
        page = desk.get(f"/desk/services/{offer.id}")
        assert 'value="275000"' in page.text
        changed = desk.submit(f"/desk/services/{offer.id}", **self.FORM | {"price": "300000"})
        assert changed.status_code == 303
        assert desk.submit(f"/desk/services/{offer.id}/switch", active="0").status_code == 303
        with db.reading() as session:
            again = experts.mine(session, scene.viewer("expert")).services[-1]
        assert (again.terms.price.minor, again.active) == (300_000, False)

    @pytest.mark.parametrize(
        "wrong", [{"price": "viel"}, {"minutes": "1"}, {"names[vi]": "", "names[en]": ""}]
    )
    def test_refused_with_what_was_typed(self, browse: Browse, wrong: dict[str, str]) -> None:
        answer = browse("expert").submit("/desk/services", **self.FORM | wrong)
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in answer.text
        assert 'value="30"' in answer.text

    def test_foreign_services_are_not_found(self, browse: Browse, scene: Scene) -> None:
        from uuid import uuid4

        assert browse("expert").get(f"/desk/services/{uuid4()}").status_code == 404


class TestProfile:
    def test_edit(self, browse: Browse, scene: Scene) -> None:
        desk = browse("expert")
        answer = desk.submit(
            "/desk/profile",
            **{
                "name": "Lê Minh",
                "honorific": "ThS.",
                "headline[vi]": "Thuế",
                "country": "VN",
                "time_zone": "Asia/Ho_Chi_Minh",
                "languages": "vi",
                "topic_ids": "",
                "biography[vi]": "Tôi",
                "experience[0][title][vi]": "Cục Thuế",
                "experience[0][from]": "2010",
                "experience[0][until]": "",
            },
        )
        assert answer.status_code == 303, answer.text
        with db.reading() as session:
            profile = experts.mine(session, scene.viewer("expert"))
        assert profile.card.title == "ThS. Lê Minh"
        assert profile.experience[0]["from"] == 2010
        page = desk.get("/desk/profile")
        assert "Cục Thuế" in page.text

    def test_refused_with_what_was_typed(self, browse: Browse) -> None:
        answer = browse("expert").submit(
            "/desk/profile",
            **{"name": "", "headline[vi]": "Thuế thu nhập", "languages": "", "topic_ids": ""},
        )
        assert answer.status_code == 422
        assert "Thuế thu nhập" in answer.text

    def test_a_photograph(self, browse: Browse, scene: Scene) -> None:
        out = io.BytesIO()
        Image.new("RGB", (300, 200), (9, 9, 9)).save(out, "PNG")
        desk = browse("expert")
        done = send(desk, "/desk/profile/picture", picture=(io.BytesIO(out.getvalue()), "a.png"))
        assert done.status_code == 303  # type: ignore[attr-defined]
        assert "/media/" in desk.get("/desk/profile").text
        wrong = send(desk, "/desk/profile/picture", picture=(io.BytesIO(b"x"), "a.png"))
        assert wrong.status_code == 422  # type: ignore[attr-defined]
        assert send(desk, "/desk/profile/picture").status_code == 422  # type: ignore[attr-defined]


def test_from_application_to_the_badge(browse: Browse, scene: Scene) -> None:
    person = browse("other_client")
    form = {
        "name": "Trần Quang Minh",
        "country": "VN",
        "time_zone": "Asia/Ho_Chi_Minh",
        "languages": "vi",
        "honorific": "",
    }
    refused = person.submit("/apply", **form | {"name": ""})
    assert refused.status_code == 422
    assert person.submit("/apply", **form).headers["Location"] == "/desk/verification"
    assert person.get("/apply").status_code == 303
    page = person.get("/desk/verification")
    assert page.status_code == 200
    assert "/desk/services" in page.text  # what is missing
    early = person.submit("/desk/verification")
    assert early.status_code == 303
    with db.reading() as session:
        topic = experts.topics(session)[0]
    person.submit(
        "/desk/profile",
        **{
            "name": "Trần Quang Minh",
            "headline[vi]": "Thuế",
            "biography[vi]": "Tôi làm thuế.",
            "languages": "vi",
            "topic_ids": str(topic.id),
            "country": "VN",
            "time_zone": "Asia/Ho_Chi_Minh",
        },
    )
    person.submit("/desk/services", **TestServices.FORM)
    wrong = send(
        person, "/desk/verification/documents", kind="degree", file=(io.BytesIO(b"MZ"), "a.pdf")
    )
    assert wrong.status_code == 422  # type: ignore[attr-defined]
    sent = send(
        person, "/desk/verification/documents", kind="degree", file=(io.BytesIO(PDF), "bằng.pdf")
    )
    assert sent.status_code == 303  # type: ignore[attr-defined]
    assert person.submit("/desk/verification").status_code == 303

    admin = browse("admin")
    queue = admin.get("/admin/verification")
    assert "Trần Quang Minh" in queue.text
    with db.reading() as session:
        (item,) = experts.verification_queue(session).items
        (paper,) = experts.verification(session, item.id, scene.viewer("admin")).documents
    page = admin.get(f"/admin/verification/{item.id}")
    assert "bằng.pdf" in page.text
    document = admin.get(f"/admin/verification/{item.id}/documents/{paper.id}")
    assert document.data == PDF
    assert document.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in document.headers["Content-Security-Policy"]
    assert browse("client").get(f"/admin/verification/{item.id}").status_code == 403
    unsaid = admin.submit(f"/admin/verification/{item.id}", decision="ask", reason="")
    assert unsaid.status_code == 422
    asked = admin.submit(f"/admin/verification/{item.id}", decision="ask", reason="Thiếu thẻ")
    assert asked.status_code == 303
    assert "Thiếu thẻ" in person.get("/desk/verification").text
    assert person.submit("/desk/verification").status_code == 303
    for decision in ("approve", "reject"):  # the second comes too late
        late = admin.submit(f"/admin/verification/{item.id}", decision=decision, reason="x")
        assert late.status_code == 303
    with db.reading() as session:
        assert experts.card(session, item.card.id).verified
    assert person.get("/desk/verification").status_code == 200


def test_the_overview_counts(browse: Browse, booked: Booked) -> None:
    booked()
    page = browse("admin").get("/admin")
    assert "Alpha Client" in page.text
    money = browse("support").get("/admin/payments")
    assert "Gate" in money.text


def test_the_desk_needs_the_same_number_of_queries(
    browse: Browse, booked: Booked, queries: list[str]
) -> None:
    booked()
    desk, admin = browse("expert"), browse("admin")
    for browser, path in ((desk, "/desk"), (admin, "/admin"), (admin, "/admin/payments")):
        browser.get(path)
    counts = []
    for _ in range(2):
        tries = []
        for _ in range(3):  # what a process keeps for some seconds may be read anew in one of them
            queries.clear()
            assert desk.get("/desk").status_code == 200
            assert admin.get("/admin").status_code == 200
            assert admin.get("/admin/payments").status_code == 200
            tries.append(len(queries))
        counts.append(min(tries))
        booked(34)
    assert counts[0] == counts[1]


def test_a_payment_under_review_is_decided_once(
    browse: Browse,
    scene: Scene,
    held: Booked,
    gate: Any,
    deliver: Callable[[], int],
    clock_forward: Callable[[timedelta], None],
) -> None:
    booking = held(30)
    bookings.start_payment(booking.id, "gate", scene.viewer("client"), "127.0.0.1")
    gate.outcome = Outcome.REVIEW
    clock_forward(timedelta(seconds=61))
    deliver()
    admin = browse("admin")
    page = admin.get("/admin/payments?state=review")
    payment = re.findall(r"/admin/payments/[0-9a-f-]{36}", page.text)[0]
    place = re.findall(rf"{payment}/decision", admin.get(payment).text)[0]
    said = {"accept": "1", "reason": "The bank confirmed it"}
    for role in ("expert", "support"):
        assert browse(role).submit(place, **said).status_code == 403
    for _ in range(2):
        assert admin.submit(place, **said).status_code == 303
    deliver()
    with db.reading() as session:
        assert bookings.get(session, booking.id).state == BookingState.CONFIRMED
