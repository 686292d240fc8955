from __future__ import annotations

import io
import re
from collections.abc import Callable
from uuid import UUID

import pytest
from tests.web.pages.conftest import words

from cilis.domains import messaging
from cilis.domains.bookings import Booking
from cilis.domains.messaging import MessageWish, PastMessage
from cilis.infra import limits
from cilis.infra.db import reading, transaction
from cilis.kit import clock, ids
from cilis.testing.fixtures import Browser
from cilis.testing.scene import Scene

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
Browse = Callable[..., Browser]


@pytest.fixture(autouse=True)
def _no_rates() -> None:
    limits.forget_everything()


@pytest.fixture
def talk(scene: Scene, booked: Callable[..., Booking]) -> UUID:
    booking = booked()
    return messaging.open_conversation(booking.id, scene.viewer("client"))


def send(scene: Scene, talk: UUID, role: str, text: str) -> messaging.Message:
    return messaging.send(talk, MessageWish(ids.new(), text), scene.viewer(role))


def numbers(page: str) -> list[int]:
    return [int(found) for found in re.findall(r'data-number="(\d+)"', page)]


def test_without_script_one_writes_and_reads(scene: Scene, talk: UUID, browse: Browse) -> None:
    client, expert = browse("client"), browse("expert")
    page = client.get(f"/messages/{talk}").text
    (sending,) = re.findall(r'name="sending_id" value="([^"]+)"', page)
    form = {"sending_id": sending, "text": "Chào chị <b>Thư</b>", "seen": "1"}
    answer = client.submit(f"/messages/{talk}", **form)
    assert (answer.status_code, answer.location) == (303, f"/messages/{talk}#end")
    client.submit(f"/messages/{talk}", **form)  # pressed twice
    shown = expert.get(f"/messages/{talk}").text
    assert shown.count("Chào chị") == 2  # the line, and the list beside it
    assert "<b>Thư" not in shown
    assert "Alpha Client" in words(shown)
    assert "2 unread" not in words(expert.get("/messages").text)
    assert "1 unread" in words(expert.get("/bookings").text)
    expert.submit(f"/messages/{talk}/marks", read="2", back="1")
    assert "1 unread" not in words(expert.get("/bookings").text)
    assert 'data-state="read"' in client.get(f"/messages/{talk}").text


def test_a_file_goes_with_a_plain_form_and_comes_as_an_attachment(
    scene: Scene, talk: UUID, browse: Browse
) -> None:
    client, expert, other = browse("client"), browse("expert"), browse("other_client")
    answer = client.submit(
        f"/messages/{talk}",
        sending_id=str(ids.new()),
        text="",
        file=(io.BytesIO(PDF), "thông báo.pdf"),
    )
    assert answer.status_code == 303
    (path,) = set(
        re.findall(rf"/messages/{talk}/files/[0-9a-f-]+", expert.get(f"/messages/{talk}").text)
    )
    file = expert.get(path)
    assert file.data == PDF
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in file.headers["Content-Security-Policy"]
    assert other.get(path).status_code == 404


def test_a_wrong_file_is_refused_in_words(talk: UUID, browse: Browse) -> None:
    client = browse("client")
    client.submit(
        f"/messages/{talk}", sending_id=str(ids.new()), text="",
        file=(io.BytesIO(b"MZ\x90"), "x.exe"),
    )  # fmt: skip
    page = words(client.get(f"/messages/{talk}").text)
    assert "type_not_allowed" not in page
    assert "PDF" in page


def test_the_script_gets_everything_after_its_last_number(
    scene: Scene, talk: UUID, browse: Browse
) -> None:
    client = browse("client")
    send(scene, talk, "expert", "eins")
    send(scene, talk, "expert", "zwei")
    answer = client.submit(
        f"/messages/{talk}", sending_id=str(ids.new()), text="drei", after="1", seen="0"
    )
    assert answer.status_code == 200
    first = numbers(answer.text)[0]
    assert numbers(answer.text) == [first, first + 1, first + 2]
    last = first + 2
    assert numbers(client.get(f"/messages/{talk}/news?after={last}").text) == []
    assert numbers(client.get(f"/messages/{talk}/news?after={last - 1}").text) == [last]
    again = client.submit(f"/messages/{talk}", sending_id=str(ids.new()), text="", after="1")
    assert again.status_code == 422


def test_pages_lead_back_to_the_first_line(scene: Scene, browse: Browse) -> None:
    now = clock.now()
    with transaction() as session:
        talk = messaging.import_conversation(
            session, client_id=scene.client, expert_id=scene.expert,
            expert_person_id=scene.expert_person,
            messages=[PastMessage(True, f"Zeile {n}", now) for n in range(1, 101)],
        )  # fmt: skip
    client = browse("client")
    page = client.get(f"/messages/{talk}").text
    seen = numbers(page)
    assert seen == list(range(61, 101))
    while cursor := re.search(r'data-older="([^"]+)"', page):
        page = client.get(f"/messages/{talk}/older?cursor={cursor[1]}").text
        seen = numbers(page) + seen
    assert seen == list(range(1, 101))
    around = numbers(client.get(f"/messages/{talk}?at=30").text)
    assert 30 in around
    assert len(around) == 40
    for odd in ("0", "101", "-5", "x", "9999999999999"):
        assert client.get(f"/messages/{talk}?at={odd}").status_code == 200
        assert client.get(f"/messages/{talk}/news?after={odd}").status_code == 200


def test_words_are_found_and_lead_to_their_place(scene: Scene, talk: UUID, browse: Browse) -> None:
    message = send(scene, talk, "expert", "Hạn giải trình là 30/11")
    client = browse("client")
    page = client.get("/messages?q=giai trinh").text
    assert f"/messages/{talk}?at={message.number}#m-{message.number}" in page
    assert "Nothing was found" in client.get("/messages?q=zzz").text
    assert "Hạn giải trình" not in browse("other_client").get("/messages?q=giai").text


@pytest.mark.parametrize("role", ["other_client", "admin", "support"])
def test_strangers_and_staff_find_nothing_there(
    scene: Scene, talk: UUID, browse: Browse, role: str
) -> None:
    send(scene, talk, "client", "Geheim")
    stranger = browse(role)
    for path in ("", "/news", "/older"):
        assert stranger.get(f"/messages/{talk}{path}").status_code == 404
    posted = stranger.submit(f"/messages/{talk}", sending_id=str(ids.new()), text="x", after="0")
    assert posted.status_code == 404
    assert stranger.submit(f"/messages/{talk}/marks", read="1").status_code == 404
    assert "Geheim" not in stranger.get("/messages").text


def test_the_booking_leads_to_the_conversation(
    scene: Scene, booked: Callable[..., Booking], browse: Browse, deliver: Callable[[], int]
) -> None:
    booking = booked()
    deliver()
    client = browse("client")
    with reading() as session:
        talk = messaging.conversation_of_booking(session, scene.viewer("client"), booking.id)
    assert f"/messages/{talk}" in client.get(f"/bookings/{booking.id}").text
    opened = client.submit("/messages", booking_id=str(booking.id))
    assert (opened.status_code, opened.location) == (303, f"/messages/{talk}")
    assert browse("other_client").submit("/messages", booking_id=str(booking.id)).status_code == 404
    shown = words(client.get(f"/messages/{talk}").text)
    assert "is confirmed" in shown
    assert "See the booking" in shown


def test_arriving_is_told_to_the_sender(scene: Scene, talk: UUID, browse: Browse) -> None:
    send(scene, talk, "client", "Hallo")
    assert browse("expert").submit("/messages/arrived").status_code == 204
    assert 'data-state="delivered"' in browse("client").get(f"/messages/{talk}").text


def test_lists_ask_the_same_number_of_questions_however_long_they_are(
    scene: Scene, browse: Browse, queries: list[str]
) -> None:
    client = browse("client")
    counts = []
    for number in (1, 12):
        with transaction() as session:
            for place in range(number):
                messaging.import_conversation(
                    session, client_id=scene.client, expert_id=ids.new(),
                    expert_person_id=scene.expert_person,
                    messages=[PastMessage(False, f"Tin {place}", clock.now())] * number,
                )  # fmt: skip
        for path in ("/messages", "/messages/list", "/messages?q=tin"):
            client.get(path)
            queries.clear()
            assert client.get(path).status_code == 200
            counts.append((path, len(queries)))
    assert counts[:3] == counts[3:]
