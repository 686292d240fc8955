"""Other times: an expert proposes up to three, the client picks one or says no.

Instead of a plain no to a request, or when the expert has to move a confirmed session. Nothing
moves without the client; the money stays where it is until they decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import scheduling, tenants
from cilis.domains.bookings import queries
from cilis.domains.bookings.errors import (
    NotPossibleNow,
    NotYours,
    ProposalOver,
    SlotNotOffered,
    TooLate,
)
from cilis.domains.bookings.events import AnswerLapsed, BookingProposalClosed, BookingProposed
from cilis.domains.bookings.models import Booking, BookingProposal
from cilis.domains.bookings.service.cancel import give_up
from cilis.domains.bookings.service.changes import close_proposal, note, tell, wake
from cilis.domains.bookings.service.confirm import settle
from cilis.domains.bookings.service.reschedule import take_other_hour, tell_moved, terms_of
from cilis.domains.bookings.types import (
    MOST_PROPOSED,
    SHORTEST_ANSWER,
    BookingState,
    ProposalState,
    Step,
    What,
)
from cilis.infra import idempotency
from cilis.infra.db import transaction
from cilis.kit import clock, ids
from cilis.kit.errors import InvalidInput
from cilis.kit.viewer import Viewer

_PROPOSABLE = {BookingState.PENDING, BookingState.CONFIRMED}


def propose(
    booking_id: UUID, starts: Sequence[datetime], viewer: Viewer, text: str = ""
) -> BookingProposal:
    """Propose other times for a request or a confirmed session; an earlier proposal is off.

    A request is not answered thereby: if the client does not pick in time, all comes back. The
    same proposal sent twice is one.

    Raises:
        BookingNotFound: no such booking for this viewer.
        NotYours: only the expert or staff proposes.
        NotPossibleNow: it is neither a request nor confirmed.
        TooLate: the session begins too soon for an answer, or the request waited too long.
        InvalidInput: no time, too many, one twice, or the present one.
        SlotNotOffered: one of them is not free; names three near ones.
    """
    wanted = sorted({start.astimezone(UTC) for start in starts})
    with transaction() as session:
        booking, side = queries.lock_visible(session, viewer, booking_id)
        if side == "client":
            raise NotYours("a client moves the session")
        _check(booking, wanted, len(starts))
        present = queries.standing_proposal(session, booking)
        if present is not None and (present.starts, present.text) == (wanted, text):
            idempotency.made(session, present.id)
            return present
        _check_free(session, booking, wanted)
        close_proposal(session, booking, ProposalState.WITHDRAWN)
        found = BookingProposal(
            id=ids.new(),
            booking_id=booking.id,
            state=ProposalState.OPEN,
            starts=wanted,
            text=text,
            made_by=viewer.person,
            made_at=clock.now(),
            answer_by=_answer_by(session, booking, wanted),
            answered_at=None,
            chosen_at=None,
        )
        session.add(found)
        if booking.state == BookingState.PENDING:
            booking.answer_by = found.answer_by  # now the client is asked
            wake(session, booking, AnswerLapsed(booking_id=booking.id), found.answer_by)
        session.flush()
        detail = {"starts": [start.isoformat() for start in wanted], "by": side, "reason": text}
        note(session, booking, Step(What.PROPOSED, viewer.person_id, detail))
        told = {"proposal_id": found.id, "by": side, "answer_by": found.answer_by}
        tell(session, booking, BookingProposed, **told)
        idempotency.made(session, found.id)
    return found


def accept_proposal(
    booking_id: UUID, proposal_id: UUID, starts_at: datetime, viewer: Viewer
) -> Booking:
    """The client picks one of the proposed times; a request is confirmed thereby.

    Raises:
        BookingNotFound, ProposalNotFound: nothing of that kind for this viewer.
        NotYours: only the client picks.
        ProposalOver: answered, taken back, overtaken, or too late.
        InvalidInput: not one of the proposed times.
        SlotTaken, SlotNotOffered: it is gone meanwhile; names three near ones.
    """
    starts_at = starts_at.astimezone(UTC)
    with transaction() as session:
        booking, found = _of_client(session, viewer, booking_id, proposal_id)
        if found.state == ProposalState.ACCEPTED and found.chosen_at == starts_at:
            return booking
        _must_be_open(found)
        if starts_at not in found.starts:
            raise InvalidInput({"starts_at": ["not_a_choice"]})
        old = take_other_hour(session, booking, starts_at, notice=False)
        found.state, found.chosen_at = ProposalState.ACCEPTED, starts_at
        found.answered_at = clock.now()
        session.flush()
        detail = {"from": old.isoformat(), "to": starts_at.isoformat(), "by": "expert"}
        step = Step(What.PROPOSAL_ACCEPTED, viewer.person_id, detail)
        if booking.state == BookingState.PENDING:
            settle(session, booking, step)
        else:
            booking.policy = {**booking.policy, "moved_by_expert": True}
            note(session, booking, step)
            tell_moved(session, booking, old, "expert")
    return booking


def refuse_proposal(
    booking_id: UUID, proposal_id: UUID, viewer: Viewer, reason: str = ""
) -> Booking:
    """None of the times fits. A request ends and is paid back; a session stays where it is.

    Raises:
        BookingNotFound, ProposalNotFound, NotYours, ProposalOver: as `accept_proposal`.
    """
    with transaction() as session:
        booking, found = _of_client(session, viewer, booking_id, proposal_id)
        if found.state == ProposalState.REFUSED:
            return booking
        _must_be_open(found)
        _close(session, booking, found, Step(What.PROPOSAL_REFUSED, viewer.person_id, {}))
        if booking.state == BookingState.PENDING:
            give_up(session, booking, ("client", "client"), viewer.person_id, reason)
        else:
            told = {"proposal_id": found.id, "why": "refused"}
            tell(session, booking, BookingProposalClosed, **told)
    return booking


def withdraw_proposal(booking_id: UUID, proposal_id: UUID, viewer: Viewer) -> Booking:
    """The expert takes the proposal back; everything stays as it was.

    Raises:
        BookingNotFound, ProposalNotFound, ProposalOver: as `accept_proposal`.
        NotYours: a client refuses instead.
    """
    with transaction() as session:
        booking, side = queries.lock_visible(session, viewer, booking_id)
        if side == "client":
            raise NotYours("a client refuses")
        idempotency.made(session, booking.id)
        found = queries.proposal(session, booking, proposal_id)
        if found.state == ProposalState.WITHDRAWN:
            return booking
        _must_be_open(found)
        _close(session, booking, found, Step(What.PROPOSAL_WITHDRAWN, viewer.person_id, {}))
        told = {"proposal_id": found.id, "why": "withdrawn"}
        tell(session, booking, BookingProposalClosed, **told)
    return booking


def _check(booking: Booking, wanted: Sequence[datetime], given: int) -> None:
    if booking.state not in _PROPOSABLE:
        raise NotPossibleNow(f"booking is {booking.state}", state=booking.state.value)
    now = clock.now()
    if booking.starts_at - SHORTEST_ANSWER <= now:
        raise TooLate("nobody could answer in time")
    if booking.state == BookingState.PENDING and booking.answer_by and booking.answer_by <= now:
        raise TooLate(f"the answer was wanted by {booking.answer_by}")
    if not wanted:
        raise InvalidInput({"starts": ["required"]})
    if given > MOST_PROPOSED:
        raise InvalidInput({"starts": ["too_many"]})
    if booking.starts_at in wanted or len(wanted) < given:
        raise InvalidInput({"starts": ["not_a_choice"]})


def _check_free(session: Session, booking: Booking, wanted: Sequence[datetime]) -> None:
    """Every time is one that could be taken now; the own claim may be in the way, that is well."""
    terms = terms_of(session, booking, notice=False)
    for start in wanted:
        overlaps = abs(start - booking.starts_at) < booking.length + terms.before + terms.after
        ask = scheduling.is_open if overlaps else scheduling.is_offered
        if not ask(session, terms, start):
            near = scheduling.near_starts(session, terms, start)
            raise SlotNotOffered(f"{start} of {terms.id}", near=near)


def _answer_by(session: Session, booking: Booking, wanted: Sequence[datetime]) -> datetime:
    """The client's time: the organization's hours to answer, before any of it has begun."""
    wanted_by = clock.now() + timedelta(hours=tenants.organization(session).answer_hours)
    latest = min(booking.starts_at, wanted[-1])
    return max(min(wanted_by, latest), clock.now() + timedelta(minutes=1))


def _of_client(
    session: Session, viewer: Viewer, booking_id: UUID, proposal_id: UUID
) -> tuple[Booking, BookingProposal]:
    booking, side = queries.lock_visible(session, viewer, booking_id)
    if side != "client":
        raise NotYours("the client answers a proposal")
    idempotency.made(session, booking.id)
    return booking, queries.proposal(session, booking, proposal_id)


def _must_be_open(found: BookingProposal) -> None:
    if not found.is_open(clock.now()):
        raise ProposalOver(f"proposal is {found.state}", state=found.state.value)


def _close(session: Session, booking: Booking, found: BookingProposal, step: Step) -> None:
    refused = step.what == What.PROPOSAL_REFUSED
    found.state = ProposalState.REFUSED if refused else ProposalState.WITHDRAWN
    found.answered_at = clock.now()
    session.flush()
    note(session, booking, step)
