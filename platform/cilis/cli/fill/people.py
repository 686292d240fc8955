"""Write the demo's people: staff, clients, experts with their hours and past."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session as Database

from cilis.cli.fill import paid
from cilis.cli.fill.gateways import Till
from cilis.cli.fill.history import History, Session, Voice
from cilis.cli.fill.hours import put_hours
from cilis.cli.fill.papers import sample_paper
from cilis.cli.fill.seed import SeedExpert, Somebody
from cilis.domains import bookings, experts, identity, payments, reviews
from cilis.infra import files
from cilis.infra.db import transaction
from cilis.kit import clock, ids
from cilis.kit.viewer import Viewer
from cilis.web import assets

_STATES = {
    "reviewed": bookings.BookingState.COMPLETED,
    "plain": bookings.BookingState.COMPLETED,
    "cancelled": bookings.BookingState.CANCELLED,
    "no_show": bookings.BookingState.NO_SHOW,
    "coming": bookings.BookingState.CONFIRMED,
    "asked": bookings.BookingState.PENDING,
}
_MEMBER_FOR = timedelta(days=150)


@dataclass(frozen=True, slots=True)
class House:
    """What every expert's share needs to know of the whole."""

    country: str
    time_zone: str
    clients: Sequence[tuple[UUID, str]]  # id and label
    topics: Mapping[str, UUID]
    password_hash: str
    admin: Viewer
    till: Till | None = None


def portraits() -> Path:
    """Where the build drew the demo's portraits; they may be missing."""
    return assets.BUILD / "portraits"


def put_somebody(session: Database, one: Somebody, password_hash: str) -> UUID:
    """Staff or a client; an existing one is brought up to date."""
    return identity.import_person(
        session,
        email=one.email,
        name=one.name,
        roles=[one.role],
        language=one.language,
        phone=one.phone or None,
        password_hash=password_hash if one.log_in else None,
        created_at=clock.now() - _MEMBER_FOR,
    )


def put_expert(one: SeedExpert, history: History, house: House) -> None:
    """One expert with everything that belongs to them, in one transaction: all of it or nothing."""
    picture = _picture(one.portrait)
    lines: list[dict[str, Any]] = []
    with transaction() as session:
        person_id = identity.import_person(
            session,
            email=one.email,
            name=one.name,
            roles=["expert"],
            password_hash=house.password_hash if one.log_in else None,
            time_zone=one.time_zone or None,
            picture_key=picture,
            created_at=clock.now() - timedelta(days=one.verified_days_ago + 4),
        )
        expert_id = experts.import_expert(session, _import(one, person_id, picture, house))
        put_hours(session, expert_id, one, one.time_zone or house.time_zone)
        if history.sessions:
            lines = _put_history(session, expert_id, person_id, history, house)
    paid.tell(lines)
    if one.applies_with:
        _apply(one, Viewer(person_id, roles=frozenset({"expert"})), house.admin)


def _apply(one: SeedExpert, viewer: Viewer, admin: Viewer) -> None:
    """Hand in papers and ask to be verified, as an expert does on the desk."""
    for kind in one.applies_with:
        paper = sample_paper(f"Sample: {kind}", one.name)
        experts.add_document(paper, f"{kind}.pdf", experts.DocumentKind(kind), viewer)
    made = experts.submit_verification(viewer)
    if one.asked:
        words, missing = one.asked["words"], one.asked["missing"]
        experts.decide(made, experts.Decision.ASK, admin, reason=words, missing=missing)


def _import(
    one: SeedExpert, person_id: UUID, picture: str | None, house: House
) -> experts.ExpertImport:
    waits = bool(one.applies_with)
    return experts.ExpertImport(
        person_id=person_id, name=one.name, slug=one.slug, honorific=one.honorific,
        languages=one.languages, country=one.country or house.country,
        time_zone=one.time_zone or house.time_zone, topics=one.topics, headline=one.headline,
        biography=one.biography, experience=one.experience, education=one.education,
        picture_key=picture,
        verified_at=None if waits else clock.now() - timedelta(days=one.verified_days_ago),
        state=experts.ExpertState.DRAFT if waits else experts.ExpertState.PUBLISHED,
        proofs=[experts.DocumentKind(proof) for proof in one.proofs],
        services=[
            experts.ServiceWish(
                names=service.names, description=service.description, minutes=service.minutes,
                price_minor=service.price_minor, needs_acceptance=service.needs_acceptance,
                notice_minutes=service.notice_minutes,
                buffer_after_minutes=service.buffer_after_minutes,
                mode=experts.ServiceMode(service.mode), place=service.place,
            )
            for service in one.services
        ],
    )  # fmt: skip


def _put_history(
    session: Database, expert_id: UUID, person_id: UUID, history: History, house: House
) -> list[dict[str, Any]]:
    """Bookings, payments and reviews; returns what the gateway must know of the payments."""
    terms = experts.services_of(session, [expert_id])[expert_id]
    rows = [_booking(one, terms[one.service], person_id, house) for one in history.sessions]
    made = bookings.import_past(session, rows)
    heard = [
        (booking_id, one)
        for booking_id, one in zip(made, history.sessions, strict=True)
        if one.kind == "reviewed"
    ]
    said = [
        _review(booking_id, expert_id, one, voice, house)
        for (booking_id, one), voice in zip(heard, history.voices, strict=False)
    ]
    reviews.import_reviews(session, said)
    if house.till is None:
        return []
    ours, lines = paid.payments_of(house.till, rows, made)
    payments.import_payments(session, ours)
    bookings.import_earnings(session, made)
    return lines


def _booking(
    one: Session, terms: experts.ServiceTerms, person_id: UUID, house: House
) -> bookings.PastBooking:
    client_id, _ = house.clients[one.client % len(house.clients)]
    booked = min(one.starts_at - timedelta(days=2, hours=5), clock.now() - timedelta(hours=3))
    return bookings.PastBooking(
        service_id=terms.id, expert_id=terms.expert_id, expert_person_id=person_id,
        client_id=client_id, starts_at=one.starts_at, ends_at=one.starts_at + terms.length,
        price=terms.price, service_name=terms.name, state=_STATES[one.kind],
        topic_text=one.note, booked_at=booked, reference=ids.reference(),
        paid_attempt_id=ids.new() if house.till and not terms.price.is_zero else None,
        mode=terms.mode.value, place=terms.place,
    )  # fmt: skip


def _review(
    booking_id: UUID, expert_id: UUID, one: Session, voice: Voice, house: House
) -> reviews.ReviewImport:
    client_id, label = house.clients[one.client % len(house.clients)]
    said_at = one.starts_at + timedelta(minutes=one.minutes, hours=3)
    return reviews.ReviewImport(
        booking_id=booking_id, expert_id=expert_id, client_id=client_id, stars=voice.stars,
        text=voice.text, author_label=label, created_at=said_at,
        topic_id=house.topics.get(voice.topic), reply=voice.reply, marks=_marks(one, voice.stars),
        replied_at=_replied_at(said_at) if voice.reply else None,
    )  # fmt: skip


def _marks(one: Session, stars: int) -> dict[str, int]:
    """Stars for the aspects, near those for the whole; every third client gives none."""
    if one.client % 3 == 0:
        return {}
    turn = one.starts_at.day + one.client
    return {
        aspect: max(1, min(5, stars + (-1, 0, 0, 1)[(turn + place) % 4]))
        for place, aspect in enumerate(reviews.ASPECTS)
    }


def _replied_at(said_at: datetime) -> datetime:
    return min(said_at + timedelta(hours=19), clock.now() - timedelta(minutes=10))


def _picture(number: int) -> str | None:
    file = portraits() / f"{number:03}.webp"
    if not number or not file.is_file():
        return None
    return files.save_public(file.read_bytes(), "image/webp")
