"""Write a review, answer it, import one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cilis.domains import bookings, experts, identity
from cilis.domains.reviews.errors import (
    AlreadyAnswered,
    AlreadyReviewed,
    EditOver,
    NotReviewable,
    ReviewNotFound,
)
from cilis.domains.reviews.events import ReviewAnswered, ReviewEdited, ReviewWritten
from cilis.domains.reviews.models import ReviewRow
from cilis.domains.reviews.queries import as_review, may_edit
from cilis.domains.reviews.types import ASPECTS, MAX_TEXT, Review, ReviewImport
from cilis.infra import audit, idempotency
from cilis.infra.db import transaction, violates
from cilis.infra.outbox import emit
from cilis.kit import clock, ids
from cilis.kit.errors import InvalidInput
from cilis.kit.viewer import Viewer


def write(
    booking_id: UUID,
    stars: int,
    text: str,
    viewer: Viewer,
    *,
    marks: Mapping[str, int] | None = None,
) -> Review:
    """Say how a session was; the expert's average counts it in the same transaction.

    Raises:
        BookingNotFound: unknown, or another client's.
        NotReviewable: it has not taken place, or the viewer is not its client.
        AlreadyReviewed: it has its review.
    """
    _check(stars, text, marks or {})
    try:
        with transaction() as session:
            booking = bookings.visible(session, viewer, booking_id)
            completed = booking.state == bookings.BookingState.COMPLETED
            if not completed or booking.client_id != viewer.person:
                raise NotReviewable(f"{booking_id} is {booking.state}")
            card = experts.card(session, booking.expert_id)
            row = ReviewRow(
                id=ids.new(),
                booking_id=booking_id,
                expert_id=card.id,
                client_id=viewer.person,
                topic_id=card.topic_ids[0] if card.topic_ids else None,
                stars=stars,
                marks=dict(marks or {}),
                text=text.strip(),
                author_label=_label(session, viewer.person),
                created_at=clock.now(),
            )
            session.add(row)
            session.flush()
            experts.record_rating(session, card.id, stars)
            emit(
                session,
                ReviewWritten(review_id=row.id, expert_id=card.id, client_id=viewer.person),
                subject=card.id,
            )
            idempotency.made(session, row.id)
            return as_review(row)
    except IntegrityError as clash:
        if violates(clash, "reviews_booking_id_key"):
            raise AlreadyReviewed(str(booking_id)) from clash
        raise


def edit(
    review_id: UUID,
    stars: int,
    text: str,
    viewer: Viewer,
    *,
    marks: Mapping[str, int] | None = None,
) -> Review:
    """Change one's own review; the average follows in the same transaction.

    Raises:
        ReviewNotFound: unknown, or another client's.
        EditOver: it is older than two weeks, or the expert has answered it.
    """
    _check(stars, text, marks or {})
    with transaction() as session:
        row = session.get(ReviewRow, review_id, with_for_update=True)
        if row is None or row.client_id != viewer.person:
            raise ReviewNotFound(f"no review {review_id} of {viewer.person}")
        if not may_edit(as_review(row), viewer):
            raise EditOver(str(review_id))
        before, row.stars = row.stars, stars
        row.marks, row.text, row.edited_at = dict(marks or {}), text.strip(), clock.now()
        session.flush()
        if before != stars:
            experts.record_rating(session, row.expert_id, before, delta=-1)
            experts.record_rating(session, row.expert_id, stars)
        emit(
            session,
            ReviewEdited(review_id=row.id, expert_id=row.expert_id, client_id=row.client_id),
            subject=row.expert_id,
        )
        return as_review(row)


def move_topic(session: Session, from_id: UUID, into_id: UUID) -> None:
    """Let the reviews of a topic speak of another one, because the two were made one."""
    session.execute(
        sa.update(ReviewRow).where(ReviewRow.topic_id == from_id).values(topic_id=into_id)
    )


def answer(review_id: UUID, text: str, viewer: Viewer) -> Review:
    """Answer a review of oneself, once.

    Raises:
        ReviewNotFound: unknown, or about another expert.
        AlreadyAnswered: there is an answer.
    """
    words = text.strip()
    if not words or len(words) > MAX_TEXT:
        raise InvalidInput({"text": ["required" if not words else "too_long"]})
    with transaction() as session:
        expert_id = experts.expert_of_person(session, viewer.person)
        row = session.get(ReviewRow, review_id, with_for_update=True)
        if row is None or expert_id is None or row.expert_id != expert_id:
            raise ReviewNotFound(f"no review {review_id} of {expert_id}")
        if row.reply:
            raise AlreadyAnswered(str(review_id))
        row.reply, row.replied_at = words, clock.now()
        emit(
            session,
            ReviewAnswered(review_id=row.id, expert_id=row.expert_id, client_id=row.client_id),
            subject=row.expert_id,
        )
        audit.record(session, "reviews.answered", row.id, actor=viewer.person)
        idempotency.made(session, row.id)
        return as_review(row)


def import_review(session: Session, row: ReviewImport) -> UUID:
    """Write a review that was given elsewhere, and count it; returns its id."""
    return import_reviews(session, [row])[0]


def import_reviews(session: Session, rows: Sequence[ReviewImport]) -> list[UUID]:
    """Write reviews that were given elsewhere; each expert's count changes once."""
    made = [
        ReviewRow(
            id=ids.new(),
            booking_id=row.booking_id,
            expert_id=row.expert_id,
            client_id=row.client_id,
            topic_id=row.topic_id,
            stars=row.stars,
            marks=dict(row.marks),
            text=row.text,
            author_label=row.author_label,
            reply=row.reply,
            replied_at=row.replied_at,
            created_at=row.created_at,
        )
        for row in rows
    ]
    session.add_all(made)
    session.flush()
    for expert_id in dict.fromkeys(row.expert_id for row in rows):
        given = [row.stars for row in rows if row.expert_id == expert_id]
        experts.record_ratings(session, expert_id, given)
    return [row.id for row in made]


def label_of(name: str, language: str) -> str:
    """What others see of a client's name: "Hoa N." for Nguyễn Thị Hoa, "Anna S." for Anna Sommer.

    Vietnamese names are called by their last part, which is the given one.
    """
    parts = name.split()
    if len(parts) < 2:
        return name.strip()
    given, family = (parts[-1], parts[0]) if language == "vi" else (parts[0], parts[-1])
    return f"{given} {family[0]}."


def _label(session: Session, person_id: UUID) -> str:
    person = identity.person(session, person_id)
    return label_of(person.name, person.language)


def _check(stars: int, text: str, marks: Mapping[str, int]) -> None:
    wrong: dict[str, list[str]] = {}
    if not 1 <= stars <= 5:
        wrong["stars"] = ["out_of_range"]
    if len(text) > MAX_TEXT:
        wrong["text"] = ["too_long"]
    for aspect, given in marks.items():
        if aspect not in ASPECTS or not 1 <= given <= 5:
            wrong[f"marks.{aspect}"] = ["out_of_range" if aspect in ASPECTS else "not_a_choice"]
    if wrong:
        raise InvalidInput(wrong)
