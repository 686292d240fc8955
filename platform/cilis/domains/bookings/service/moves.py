"""Another service of the same expert: dearer ones are paid first, cheaper ones pay back."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import experts, payments, pricing, scheduling, tenants
from cilis.domains.bookings import queries
from cilis.domains.bookings.errors import NotYours, SlotNotOffered, SlotTaken, TooLate
from cilis.domains.bookings.events import BookingMoveHeld, MoveLapsed
from cilis.domains.bookings.models import Booking, BookingMove
from cilis.domains.bookings.queries import Side
from cilis.domains.bookings.service.changes import (
    close_move,
    close_proposal,
    note,
    say_why,
    tell,
    wake,
)
from cilis.domains.bookings.service.funds import send_back
from cilis.domains.bookings.service.policy import preview
from cilis.domains.bookings.service.reschedule import keep_rules, must_be_movable, tell_moved
from cilis.domains.bookings.types import (
    LONGEST_HOLD,
    SETTLING,
    SHORTEST_PAYMENT,
    WAIT_FOR_OTHERS,
    BookingState,
    MovePreview,
    MoveState,
    MoveWish,
    ProposalState,
    Step,
    What,
)
from cilis.infra import idempotency
from cilis.infra.db import transaction
from cilis.kit import clock, ids
from cilis.kit.errors import InvalidInput
from cilis.kit.money import Money
from cilis.kit.viewer import Viewer

_DEBITED = {payments.AttemptState.CAPTURED, payments.AttemptState.REVIEW}


def change_service(
    booking_id: UUID,
    wish: MoveWish,
    viewer: Viewer,
    reason: str = "",
    *,
    on_behalf_of: Side | None = None,
) -> BookingMove:
    """Move a confirmed session to another service of its expert, and to a free start of that.

    One that costs no more is moved at once, and of the difference comes back what the frozen
    rules say. A dearer one is held beside the present hour until the difference is paid, or
    given back. Asking again for what is held answers the same.

    Raises:
        BookingNotFound, NotYours, NotPossibleNow, TooLate, TooManyMoves: as `reschedule`; only
            the client takes a dearer one.
        ServiceNotFound: it is not offered (any more).
        InvalidInput: it is no choice for this booking; staff gives a ``reason``.
        SlotTaken, SlotNotOffered: the start is not free; names three near ones.
    """
    wish = dataclasses.replace(wish, starts_at=wish.starts_at.astimezone(UTC))
    with transaction() as session:
        booking, side = queries.lock_visible(session, viewer, booking_id)
        must_be_movable(session, booking, side, on_behalf_of)
        say_why(side, reason)
        terms = experts.service_terms(session, wish.service_id)
        _must_be_choice(booking, terms)
        dearer = _price(booking, terms).minor > booking.price_minor
        if dearer and side != "client":
            raise NotYours("the client pays the difference")
        there = queries.open_move(session, booking.id)
        if there is not None and dearer and _is_same(there, wish):
            idempotency.made(session, there.id)
            return there
        close_move(session, booking, MoveState.GIVEN_UP)
        if not scheduling.is_open(session, terms, wish.starts_at, instead_of=booking.claim_id):
            near = scheduling.near_starts(session, terms, wish.starts_at)
            raise SlotNotOffered(f"{wish.starts_at} of {terms.id}", near=near)
        move = _row(booking, terms, wish.starts_at, viewer.person)
        session.add(move)
        if dearer:
            _hold(session, booking, move, terms)
        else:
            _move_now(session, booking, move, terms, (side, on_behalf_of or side, reason))
        idempotency.made(session, move.id)
    return move


def choices(session: Session, booking: Booking) -> list[experts.ServiceTerms]:
    """The other services that a session may be moved to; none where the rules do not allow it."""
    if not _may_choose(booking):
        return []
    offered = experts.services_of(session, [booking.expert_id])[booking.expert_id]
    return [terms for terms in offered if _is_choice(booking, terms)]


def move_preview(
    session: Session, booking: Booking, terms: experts.ServiceTerms, by: Side = "client"
) -> MovePreview:
    """What changing to a service now does to the money."""
    before, after = booking.price, _price(booking, terms)
    nothing = Money(0, before.currency)
    if after.minor >= before.minor:
        return MovePreview(before, after, after - before, nothing, 100)
    difference = before - after
    rules = preview(booking, clock.now(), by)
    then = None
    if rules.until is not None:
        place = next(n for n, tier in enumerate(rules.tiers) if tier.until == rules.until)
        then = difference.percent(rules.tiers[place + 1].percent)
    back = min(difference.percent(rules.percent).minor, _here(session, booking))
    return MovePreview(
        before, after, nothing, Money(back, before.currency), rules.percent, rules.until, then
    )


def give_up_move(booking_id: UUID, move_id: UUID, viewer: Viewer) -> BookingMove:
    """The client keeps the present hour after all; money that still comes goes back.

    Raises:
        BookingNotFound, MoveNotFound: nothing of that kind for this viewer.
        NotYours: only the client or staff gives it up.
    """
    with transaction() as session:
        booking, side = queries.lock_visible(session, viewer, booking_id)
        if side == "expert":
            raise NotYours("the client decides")
        found = queries.move(session, booking, move_id)
        idempotency.made(session, found.id)
        if found.state == MoveState.OPEN:
            close_move(session, booking, MoveState.GIVEN_UP)
    return found


def lapse_move(booking_id: UUID, move_id: UUID) -> None:
    """The time to pay is over; set again when a payment moved the end, or money is coming."""
    with transaction() as session:
        booking = queries.lock(session, booking_id)
        found = queries.move(session, booking, move_id)
        if found.state != MoveState.OPEN or found.held_until is None:
            return
        now = clock.now()
        if found.held_until <= now and _money_is_coming(session, found):
            found.held_until = now + SETTLING
        if found.held_until > now:
            timer = MoveLapsed(booking_id=booking.id, move_id=found.id)
            wake(session, booking, timer, found.held_until)
            return
        close_move(session, booking, MoveState.LAPSED)


def settle_move(session: Session, booking: Booking, move: BookingMove, attempt_id: UUID) -> bool:
    """A difference was paid: the session moves. False when the money has to go back.

    Money that comes after the other hour was given back still moves the session, if it is as it
    was and the hour is free and offered.
    """
    if move.state == MoveState.DONE:
        return move.attempt_id == attempt_id
    now = clock.now()
    is_open = move.state == MoveState.OPEN
    late = move.state == MoveState.LAPSED and booking.sequence == move.sequence
    late = late and queries.open_move(session, booking.id) is None  # no other wish by now
    waits = move.starts_at + (WAIT_FOR_OTHERS if is_open else timedelta()) > now
    claim_id = None
    if booking.state == BookingState.CONFIRMED and (is_open or late) and waits:
        claim = _claimed if is_open else _claim_late
        claim_id = claim(session, booking, move)
    if claim_id is None:
        if is_open:
            close_move(session, booking, MoveState.LAPSED)
        return False
    if move.attempt_id not in {None, attempt_id}:  # another one may be open in a second tab
        payments.expire(session, move.attempt_id)
    move.attempt_id = attempt_id
    if booking.paid_attempt_id is None:
        booking.paid_attempt_id = attempt_id
    _apply(session, booking, move, claim_id, ("client", "client", ""))
    return True


def _is_choice(booking: Booking, terms: experts.ServiceTerms) -> bool:
    return (
        terms.expert_id == booking.expert_id
        and terms.id != booking.service_id
        and terms.price.currency == booking.currency
        and terms.mode.value == booking.mode
    )


def _may_choose(booking: Booking) -> bool:
    """Whether there is a choice: a session of a package pays for nothing else."""
    by_package = booking.discount.get("kind") == "package"
    return bool(booking.policy.get("other_service")) and not by_package


def _price(booking: Booking, terms: experts.ServiceTerms) -> Money:
    """What another service would cost: the booking's coupon takes off as much as before."""
    off = min(int(booking.discount.get("minor", 0)), terms.price.minor)
    return Money(terms.price.minor - off, terms.price.currency)


def _must_be_choice(booking: Booking, terms: experts.ServiceTerms) -> None:
    if not _may_choose(booking) or not _is_choice(booking, terms):
        raise InvalidInput({"service_id": ["not_a_choice"]})


def _is_same(move: BookingMove, wish: MoveWish) -> bool:
    same = (move.service_id, move.starts_at) == (wish.service_id, wish.starts_at)
    return same and move.is_open(clock.now())


def _row(
    booking: Booking, terms: experts.ServiceTerms, starts_at: datetime, made_by: UUID
) -> BookingMove:
    return BookingMove(
        id=ids.new(),
        booking_id=booking.id,
        state=MoveState.OPEN,
        service_id=terms.id,
        service_name=dict(terms.name),
        place=terms.place,
        starts_at=starts_at,
        ends_at=starts_at + terms.length,
        sequence=booking.sequence,
        price_minor=_price(booking, terms).minor,
        old_price_minor=booking.price_minor,
        currency=booking.currency,
        refund_minor=0,
        claim_id=None,
        old_claim_id=None,
        attempt_id=None,
        made_by=made_by,
        made_at=clock.now(),
        held_until=None,
        closed_at=None,
    )


def _hold(
    session: Session, booking: Booking, move: BookingMove, terms: experts.ServiceTerms
) -> None:
    now = clock.now()
    minutes = tenants.organization(session).hold_minutes
    until = min(now + timedelta(minutes=minutes), booking.starts_at, move.starts_at)
    if until < now + SHORTEST_PAYMENT or booking.claim_id is None:
        raise TooLate("nobody could pay in time")
    old = booking.claim_id
    held = scheduling.reserve(session, old, terms, move.starts_at, booking.id)
    if held is None:
        raise _taken(session, terms, move)
    move.claim_id, move.held_until = held.second_id, until
    if held.second_id is None:
        booking.claim_id, move.old_claim_id = held.first_id, old
    session.flush()
    detail = _detail(booking.starts_at, move, "client")
    note(session, booking, Step(What.MOVE_HELD, move.made_by, detail))
    tell(session, booking, BookingMoveHeld, move_id=move.id)
    wake(session, booking, MoveLapsed(booking_id=booking.id, move_id=move.id), until)


def _move_now(
    session: Session,
    booking: Booking,
    move: BookingMove,
    terms: experts.ServiceTerms,
    said: tuple[Side, Side, str],
) -> None:
    amount = move_preview(session, booking, terms, said[1]).comes_back
    if booking.claim_id is None:
        claim_id = scheduling.claim(session, terms, move.starts_at, booking.id)
    else:
        claim_id = scheduling.move(session, booking.claim_id, terms, move.starts_at, booking.id)
    if claim_id is None:  # rolls back, so the old hour stays taken
        raise _taken(session, terms, move)
    key = f"moved:{move.id.hex}"
    sent = send_back(session, booking, amount, "moved_cheaper", move.made_by, key=key)
    move.refund_minor = sent.minor
    _apply(session, booking, move, claim_id, said)


def _apply(
    session: Session,
    booking: Booking,
    move: BookingMove,
    claim_id: UUID,
    said: tuple[Side, Side, str],
) -> None:
    """The booking is what was chosen from now on; ``said``: who did it, by whose rules, why."""
    by, rules, reason = said
    old = booking.starts_at
    keep_rules(booking, old, rules)
    move.state, move.closed_at = MoveState.DONE, clock.now()
    booking.claim_id, booking.service_id = claim_id, move.service_id
    booking.service_name, booking.place = dict(move.service_name), move.place
    booking.starts_at, booking.ends_at = move.starts_at, move.ends_at
    service = experts.service_terms(session, move.service_id, offered=False)
    booking.price_minor = move.price_minor
    booking.discount = _discount(booking, move, service)
    booking.terms = pricing.terms(session, service, tenants.organization(session)).as_json()
    booking.sequence += 1
    session.flush()
    detail = _detail(old, move, by)
    detail |= {"rules": rules} if rules != by else {}
    detail |= {"reason": reason} if reason else {}
    note(session, booking, Step(What.MOVED, move.made_by, detail))
    close_proposal(session, booking, ProposalState.OVERTAKEN)
    tell_moved(session, booking, old, by)


def _discount(booking: Booking, move: BookingMove, service: experts.ServiceTerms) -> dict[str, Any]:
    """What the coupon takes off the other service: never more than all of its price."""
    if not booking.discount:
        return {}
    off = int(booking.discount["minor"])
    if move.price_minor == 0:
        off = min(off, service.price.minor)
    return {**booking.discount, "minor": off, "full_minor": move.price_minor + off}


def _detail(old: datetime, move: BookingMove, by: Side) -> dict[str, str | int]:
    return {
        "from": old.isoformat(),
        "to": move.starts_at.isoformat(),
        "by": by,
        "service_id": str(move.service_id),
        "difference_minor": move.difference.minor,
        "refund_minor": move.refund_minor,
    }


def _claimed(session: Session, booking: Booking, move: BookingMove) -> UUID | None:
    """The claim of an hour that is held: its own, or a part of the one over both."""
    if move.claim_id is None:
        return _claim_late(session, booking, move)
    if booking.claim_id is not None:
        scheduling.release(session, booking.claim_id)
    return move.claim_id


def _claim_late(session: Session, booking: Booking, move: BookingMove) -> UUID | None:
    """Claim the hour in place of what the booking has; None, and all as it was, if it is gone."""
    try:
        found = experts.service_terms(session, move.service_id)
    except experts.ServiceNotFound:
        return None
    terms = dataclasses.replace(
        found,
        length=move.length,
        notice=timedelta(),
        mode=experts.ServiceMode(booking.mode),
        place=move.place,
    )
    if booking.claim_id is None or not scheduling.is_open(
        session, terms, move.starts_at, instead_of=booking.claim_id
    ):
        return None
    try:
        with session.begin_nested():
            claim_id = scheduling.move(session, booking.claim_id, terms, move.starts_at, booking.id)
            if claim_id is None:
                raise SlotTaken
    except SlotTaken:
        return None
    return claim_id


def _money_is_coming(session: Session, move: BookingMove) -> bool:
    if move.attempt_id is None or move.made_at + LONGEST_HOLD <= clock.now():
        return False
    return payments.attempt(session, move.attempt_id).state in _DEBITED


def _here(session: Session, booking: Booking) -> int:
    """What of the client's money is still here, in minor units."""
    return sum(
        payments.attempt(session, one).amount_minor - payments.refunded_minor(session, one)
        for one in queries.payments_of(session, booking)
    )


def _taken(session: Session, terms: experts.ServiceTerms, move: BookingMove) -> SlotTaken:
    near = scheduling.near_starts(session, terms, move.starts_at)
    return SlotTaken(f"{move.starts_at} of {terms.id}", near=near)
