from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from cilis.domains import bookings
from cilis.domains.bookings import Booking, BookingState
from cilis.infra import db
from cilis.testing.fixtures import Browser
from cilis.testing.scene import PASSWORD, Scene

Browse = Callable[..., Browser]


def hold(browser: Browser, scene: Scene, place: int = 0, **more: object) -> str:
    start = scene.starts(place + 1)[place].isoformat()
    wish = {"service_id": str(scene.service), "starts_at": start}
    answer = browser.submit("/holds", **wish, **more)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def state_of(location: str) -> Booking:
    from uuid import UUID

    with db.reading() as session:
        return bookings.get(session, UUID(location.rstrip("/").split("/")[2].split("?")[0]))


def test_a_nameless_browser_holds_and_sees_its_checkout(browse: Browse, scene: Scene) -> None:
    browser = browse()
    place = hold(browser, scene)
    page = browser.get(place)
    assert page.status_code == 200
    assert 'name="mode" value="new"' in page.text
    assert "Alpha Expert 0" in page.text
    assert browse().get(place).status_code == 404  # another browser sees nothing


def test_the_summary_counts_down(browse: Browse, scene: Scene) -> None:
    someone = browse()
    page = someone.get(hold(someone, scene) + "?lang=en").text
    assert re.search(r"<count-down [^>]+><time [^>]+>\d\d:\d\d</time></count-down> left", page)


def test_the_same_key_holds_once(browse: Browse, scene: Scene) -> None:
    browser = browse("client")
    wish = {"service_id": str(scene.service), "starts_at": scene.starts()[0].isoformat()}
    first = browser.submit("/holds", **wish, _key="k1")
    again = browser.submit("/holds", **wish, _key="k1")
    assert again.headers["Location"] == first.headers["Location"]
    later = scene.starts()[2].isoformat()
    other = browser.submit("/holds", **wish | {"starts_at": later}, _key="k1")
    assert other.status_code == 303  # the page was still open and another hour was pressed
    assert other.headers["Location"] != first.headers["Location"]


def test_a_lost_race_leads_back_to_the_expert(browse: Browse, scene: Scene) -> None:
    hold(browse(), scene)
    start = bookings_start(scene)
    answer = browse().submit("/holds", service_id=str(scene.service), starts_at=start)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(f"/experts/{scene.slug}?")
    assert "taken=" in answer.headers["Location"]


def bookings_start(scene: Scene) -> str:
    from cilis.kit import clock

    with db.reading() as session:
        found = bookings.of_expert(
            session,
            scene.expert,
            clock.now(),
            clock.now() + timedelta(days=60),
            states=[BookingState.HELD],
        )
    return found[0].starts_at.isoformat()


def test_price_length_and_client_never_come_from_the_browser(browse: Browse, scene: Scene) -> None:
    answer = browse().submit(
        "/holds",
        service_id=str(scene.service),
        starts_at=scene.starts(1)[0].isoformat(),
        price_minor="1",
    )
    assert answer.status_code == 422


def test_sign_up_keeps_the_hold(browse: Browse, scene: Scene, deliver: Callable[[], int]) -> None:
    browser = browse()
    place = hold(browser, scene)
    answer = browser.submit(
        f"{place}/who",
        mode="new",
        name="Nguyễn Văn Khánh",
        email="khanh@example.vn",
        password="nam con vit o bo ao",
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, place)
    page = browser.get(place)
    assert "khanh@example.vn" in page.text
    assert f'action="{place}/about"' in page.text
    deliver()
    assert state_of(place).client_id is not None
    assert browser.get(place).status_code == 200


def test_log_in_keeps_the_hold(browse: Browse, scene: Scene) -> None:
    browser = browse()
    place = hold(browser, scene)
    wrong = browser.submit(
        f"{place}/who", mode="known", email=scene.emails["client"], password="not this one"
    )
    assert wrong.status_code == 422
    assert scene.emails["client"] in wrong.text  # what was typed is still there
    assert "not this one" not in wrong.text
    right = browser.submit(
        f"{place}/who", mode="known", email=scene.emails["client"], password=PASSWORD
    )
    assert right.status_code == 303
    assert "Alpha Client" in browser.get(place).text


def test_a_refused_sign_up_keeps_what_was_typed(browse: Browse, scene: Scene) -> None:
    browser = browse()
    place = hold(browser, scene)
    answer = browser.submit(f"{place}/who", mode="new", name="Hoa", email="x", password="short")
    assert answer.status_code == 422
    assert 'value="Hoa"' in answer.text


def test_about_then_pay(browse: Browse, scene: Scene, gate: object) -> None:
    browser = browse("client")
    place = hold(browser, scene)
    answer = browser.submit(f"{place}/about", text="Giấy phạt thuế")
    assert answer.headers["Location"] == f"{place}?step=pay"
    page = browser.get(answer.headers["Location"])
    assert "Giấy phạt thuế" in page.text
    assert 'name="provider" value="gate"' in page.text
    assert "550.000" in page.text or "550,000" in page.text
    paid = browser.submit(f"{place}/payment", provider="gate")
    assert paid.status_code == 303
    assert paid.headers["Location"].startswith("https://gate.example/")
    assert "https:" in paid.headers["Content-Security-Policy"].split("form-action")[1].split(";")[0]
    again = browser.submit(f"{place}/payment", provider="gate")
    assert again.status_code == 303


def test_an_unknown_way_to_pay_is_said(browse: Browse, scene: Scene, gate: object) -> None:
    browser = browse("client")
    place = hold(browser, scene)
    answer = browser.submit(f"{place}/payment", provider="elsewhere")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_a_gateway_that_is_down_loses_nothing(browse: Browse, scene: Scene, gate: Any) -> None:
    browser = browse("client")
    place = hold(browser, scene)
    gate.down = True
    answer = browser.submit(f"{place}/payment", provider="gate")
    assert answer.status_code == 503
    assert 'role="alert"' in answer.text
    gate.down = False
    assert browser.submit(f"{place}/payment", provider="gate").status_code == 303


def test_payment_asks_who_pays(browse: Browse, scene: Scene, gate: object) -> None:
    browser = browse()
    place = hold(browser, scene)
    assert browser.submit(f"{place}/payment", provider="gate").status_code in {303, 401}
    assert state_of(place).attempt_id is None


def test_when_the_time_is_over_three_others_are_offered(
    browse: Browse,
    scene: Scene,
    clock_forward: Callable[[timedelta], None],
    deliver: Callable[[], int],
) -> None:
    browser = browse("client")
    place = hold(browser, scene)
    browser.submit(f"{place}/about", text="Giấy phạt thuế")
    clock_forward(timedelta(minutes=16))
    page = browser.get(place)
    assert page.status_code == 410
    assert page.text.count('name="starts_at"') == 3
    assert "Giấy phạt thuế" in page.text
    deliver()
    assert browser.get(place).status_code == 410


def test_a_free_session_is_booked_without_payment(
    browse: Browse, scene: Scene, deliver: Callable[[], int]
) -> None:
    from cilis.domains import experts

    with db.reading() as session:
        offer = experts.mine(session, scene.viewer("expert")).services[0]
    experts.edit_service(
        offer.id,
        experts.ServiceWish(names=offer.terms.name, minutes=60, price_minor=0, notice_minutes=60),
        scene.viewer("expert"),
    )
    browser = browse("client")
    place = hold(browser, scene)
    answer = browser.submit(f"{place}/payment")
    assert answer.headers["Location"] == place.replace("checkout", "bookings")
    deliver()
    assert state_of(place).state == BookingState.CONFIRMED


def test_strange_addresses_are_not_found(browse: Browse, scene: Scene) -> None:
    browser = browse("client")
    assert browser.get(f"/checkout/{uuid4()}").status_code == 404
    assert browser.get("/checkout/nothing").status_code == 404
    wish = {"service_id": str(uuid4()), "starts_at": "2026-11-24T10:00:00Z"}
    assert browser.submit("/holds", **wish).status_code == 404
    assert browser.submit("/holds", service_id="x", starts_at="y").status_code == 422
