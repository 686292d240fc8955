"""The booking's story through the API alone: everything a page does, a program can do."""

from __future__ import annotations

from urllib.parse import quote
from uuid import uuid4

import pytest
from tests.journeys.cast import BOTH, Organization
from tests.journeys.mails import invite_of, mail_about
from tests.journeys.program import Program
from tests.journeys.site import Site

pytestmark = [pytest.mark.journey, pytest.mark.timeout(420)]


@pytest.mark.parametrize("organization", BOTH, ids=lambda one: one.slug)
def test_a_program_books_pays_and_waits(site: Site, organization: Organization) -> None:
    program = Program.of_somebody_new(site, organization)
    play = organization.expert
    assert program.get("/people/me")["email"] == program.email

    found = program.get(f"/experts?words={quote(organization.completed)}")
    card = next(item for item in found["items"] if item["slug"] == play.slug)
    assert any(starts["starts"] for starts in card["next_starts"])
    assert found["total"] >= len(found["items"]) > 0

    service = program.service(play)
    start = program.slots(service["id"])[2]
    key, wish = uuid4().hex, {"service_id": service["id"], "starts_at": start.isoformat()}
    first = program.ask("POST", "/bookings", wish, key=key)
    again = program.ask("POST", "/bookings", wish, key=key)
    assert (first.status, again.status) == (201, 201)
    assert again.headers.get("idempotent-replayed") == "true"
    assert first.json()["id"] == again.json()["id"]
    other = program.ask(
        "POST",
        "/bookings",
        wish | {"starts_at": program.slots(service["id"])[5].isoformat()},
        key=key,
    )
    assert other.status == 422  # the same key for another wish
    booking_id, price = first.json()["id"], first.json()["price"]
    assert price == service["price"]
    assert start not in program.slots(service["id"])

    described = program.send("PUT", f"/bookings/{booking_id}/details", {"text": organization.about})
    assert described["text"] == organization.about
    assert program.ask("POST", f"/meetings/{booking_id}/joins").status == 404  # no meeting yet

    led_to = program.pay(booking_id)
    assert f"//{organization.host}:{site.port}/" in led_to
    confirmed = program.wait_for_state(booking_id, "confirmed")
    assert confirmed["starts_at"] == first.json()["starts_at"]
    payment = site.standins.payments()[-1]
    assert payment["amount"] == price["minor"] * (100 if organization.gateway == "vnpay" else 1)
    history = [line["what"] for line in program.get(f"/bookings/{booking_id}/changes")["items"]]
    assert len(history) >= 2
    paid_twice = program.ask(
        "POST",
        f"/bookings/{booking_id}/payments",
        {"provider": organization.gateway},
        key=uuid4().hex,
    )
    assert paid_twice.status == 409
    assert paid_twice.json()["code"] == "already_paid"

    meeting = program.get(f"/meetings/{booking_id}")
    assert meeting["is_open"] is False
    early = program.ask("POST", f"/meetings/{booking_id}/joins")
    assert early.status == 409
    assert early.headers["content-type"].startswith("application/problem+json")
    mail = mail_about(site, program.email, "invite")
    mail.speaks_for(organization, organization.client)
    assert invite_of(mail).decoded("DTSTART") == start


@pytest.mark.parametrize("organization", BOTH, ids=lambda one: one.slug)
def test_what_is_somebody_elses_is_not_there(site: Site, organization: Organization) -> None:
    mine, theirs = (Program.of_somebody_new(site, organization) for _ in range(2))
    service = mine.service(organization.expert)
    wish = {"service_id": service["id"], "starts_at": mine.slots(service["id"])[-1].isoformat()}
    booking_id = mine.send("POST", "/bookings", wish, key=uuid4().hex, status=201)["id"]
    absent = theirs.ask("PUT", f"/bookings/{uuid4()}/details", {"text": "x"})
    foreign = theirs.ask("PUT", f"/bookings/{booking_id}/details", {"text": "x"})
    assert absent.status == foreign.status == 404
    assert absent.json()["code"] == foreign.json()["code"]
    elsewhere = next(one for one in BOTH if one is not organization)
    with site.client(elsewhere) as stranger:
        stranger.bearer = mine.client.bearer
        assert stranger.get("/api/v1/people/me").status == 401
        assert stranger.get(f"/api/v1/bookings/{booking_id}").status in {401, 404}
