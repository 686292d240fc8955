"""How one booking stands: what happened, what comes next, what can be done now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import (
    bookings,
    documents,
    experts,
    identity,
    meetings,
    payments,
    reviews,
    scheduling,
)
from cilis.domains.bookings import BookingState, What
from cilis.domains.payments import AttemptState
from cilis.kit import clock
from cilis.kit.money import Money
from cilis.kit.viewer import Viewer
from cilis.web.views import news
from cilis.web.views.bills import Bill, bill_of
from cilis.web.views.history import timeline
from cilis.web.views.visits import Visit, visit

_UNDER_WAY = frozenset({AttemptState.PENDING, AttemptState.REVIEW, AttemptState.CAPTURED})
_UNDECIDED = _UNDER_WAY | {AttemptState.SENT}
_HAS_BEEN = (BookingState.CONFIRMED, BookingState.COMPLETED, BookingState.NO_SHOW)
_GIVEN_UP = (BookingState.PENDING, BookingState.CONFIRMED)


@dataclass(frozen=True, slots=True)
class Entered:
    """Somebody went into the room."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Everything the page of a booking shows to one side."""

    visit: Visit
    attempt: payments.Attempt | None
    refunds: Sequence[payments.Refund]
    preview: bookings.Preview
    steps: Sequence[dict[str, Any]]
    review: reviews.Review | None
    proposal: bookings.BookingProposal | None = None
    proposed: Sequence[datetime] = ()  # those of its times that are still free
    near: Sequence[datetime] = ()  # free times near a session that will not take place
    papers: Sequence[documents.Document] = ()
    may_share: bool = False
    entered: Sequence[Entered] = ()
    silent: bool = False  # the gateway of the payment does not answer just now
    if_missed: Mapping[str, bookings.Preview] = field(default_factory=dict)
    move: bookings.BookingMove | None = None  # a change that waits for its money
    moves_left: int | None = None  # None: as many as the client likes
    more_paid: Money | None = None  # for dearer services that it was moved to
    decided: bool = False  # a person of the organization has found what happened
    returned: bool = False  # this browser has just come back from a pay page where it was done
    bill: Bill
    back: bookings.WayBack  # how the money travels that would come back now
    by_credit: frozenset[UUID] = frozenset()  # its payments by credit

    @property
    def paid(self) -> Money | None:
        """What came in, if anything did."""
        captured = self.attempt is not None and self.attempt.state == AttemptState.CAPTURED
        if not captured or self.attempt is None:
            return None
        return self.attempt.amount + self.more_paid if self.more_paid else self.attempt.amount

    @property
    def back_by_bank(self) -> Sequence[payments.Refund]:
        """What goes or went back through a gateway."""
        return [one for one in self.refunds if one.attempt_id not in self.by_credit]

    @property
    def credit_again(self) -> Money:
        """What of it is credit again."""
        found = [one.amount_minor for one in self.refunds if one.attempt_id in self.by_credit]
        return Money(sum(found), self.visit.price.currency)

    @property
    def left(self) -> Money:
        """What of the client's money could still go back."""
        paid = self.paid or Money(0, self.visit.price.currency)
        return payments.Returned.of(paid, self.refunds).left

    @property
    def may_pay(self) -> bool:
        """Whether the client may (again) choose how to pay."""
        state = self.attempt.state if self.attempt else None
        busy = state in _UNDER_WAY or self._is_on_its_way
        return self.is_client and self._is_held and (not busy or self.silent)

    @property
    def pays_by_hand(self) -> bool:
        """Whether the hour waits for money of which no gateway tells."""
        live = self.attempt is not None and self.attempt.state in payments.LIVE_STATES
        by_hand = self.attempt is not None and payments.is_by_hand(self.attempt.provider)
        return self._is_held and live and by_hand

    @property
    def may_cancel(self) -> bool:
        """Whether this side may still give the hour up."""
        if self.visit.state not in _GIVEN_UP:
            return False
        return self.visit.side == "staff" or self.visit.starts_at > clock.now()

    @property
    def may_release(self) -> bool:
        """Whether the client may let a held hour go."""
        return self.is_client and self._is_held

    @property
    def may_move(self) -> bool:
        """Whether this side may still choose another hour; experts propose one."""
        until = self.preview.move_until
        if self.visit.state != BookingState.CONFIRMED or self.visit.starts_at <= clock.now():
            return False
        if self.is_client:
            return (until is None or clock.now() < until) and self.moves_left != 0
        return self.visit.side == "staff"

    @property
    def may_propose(self) -> bool:
        """Whether the expert may propose other times."""
        soon = self.visit.starts_at - bookings.SHORTEST_ANSWER <= clock.now()
        return self.visit.side == "expert" and self.visit.state in _GIVEN_UP and not soon

    @property
    def may_report(self) -> bool:
        """Whether it is time to say that somebody did not come."""
        reportable = self.visit.state in {BookingState.CONFIRMED, BookingState.COMPLETED}
        return not self.is_client and reportable and self._is_fresh

    @property
    def may_object(self) -> bool:
        """Whether the client may say that it was otherwise."""
        settled = self.visit.disputed or self.decided or self.visit.missed_by == "expert"
        return self.is_client and self.visit.state in _HAS_BEEN and self._is_fresh and not settled

    @property
    def may_decide(self) -> bool:
        """Whether a person of the organization has to say what happened."""
        return self.visit.side == "staff" and self.visit.disputed

    @property
    def may_describe(self) -> bool:
        """Whether the client may still change what it is about."""
        return self.is_client and self.visit.is_live and not self.visit.is_over

    @property
    def may_review(self) -> bool:
        """Whether it is time to say how it was."""
        completed = self.visit.state == BookingState.COMPLETED
        return self.is_client and completed and self.review is None

    @property
    def may_edit_review(self) -> bool:
        """Whether the client may still change the review."""
        if self.review is None or self.review.reply:
            return False
        return self.is_client and clock.now() < self.review.editable_until

    @property
    def has_invite(self) -> bool:
        """Whether the hour belongs into a calendar."""
        return self.visit.state == BookingState.CONFIRMED and not self.visit.is_over

    @property
    def waits(self) -> bool:
        """Whether something changes soon without the reader doing anything."""
        state = self.attempt.state if self.attempt else None
        return self.visit.state == BookingState.PENDING or (
            self._is_held and state in _UNDECIDED and not self.pays_by_hand
        )

    @property
    def tone(self) -> str:
        """The colour of `news`."""
        return news.tone(self)

    @property
    def news(self) -> str:
        """The one sentence about now, "" when state and timeline say it all."""
        return news.sentence(self)

    @property
    def is_client(self) -> bool:
        """Whether the reader is the client."""
        return self.visit.side == "client"

    @property
    def _is_fresh(self) -> bool:
        now = clock.now()
        first = self.visit.starts_at + bookings.WAIT_FOR_OTHERS
        return first <= now <= self.visit.ends_at + bookings.REPORT_NO_SHOW_WITHIN

    @property
    def _is_held(self) -> bool:
        until = self.visit.held_until
        held = self.visit.state == BookingState.HELD
        return held and until is not None and until > clock.now()

    @property
    def _is_on_its_way(self) -> bool:
        return news.is_on_its_way(self)


def standing(
    session: Session, booking: bookings.Booking, viewer: Viewer, *, returned: bool = False
) -> Standing:
    """A booking with payment, refunds, history and what cancelling would give back."""
    side = bookings.side_of(booking, viewer) or "staff"
    shown = visit(session, booking, side)
    attempt = _attempt(session, booking)
    more = [one for one in bookings.payments_of(session, booking) if attempt and one != attempt.id]
    refunds = _refunds(session, [attempt.id, *more]) if attempt else []
    changes = bookings.history(session, booking.id)
    proposal = bookings.standing_proposal(session, booking)
    bill = bill_of(session, booking)
    preview = bookings.cancellation(session, booking, by=side)
    return Standing(
        visit=shown,
        bill=bill,
        back=bookings.way_back(session, booking, preview.refund),
        by_credit=frozenset(booking.credit_attempt_ids),
        attempt=attempt,
        refunds=refunds,
        preview=preview,
        steps=timeline(shown, changes, attempt, _names(session, shown, changes), bill.by_credit),
        review=reviews.of_bookings(session, [booking.id]).get(booking.id),
        proposal=proposal,
        proposed=free_of(session, booking, proposal.starts) if proposal else [],
        near=near(session, booking) if shown.side == "client" and _fell_through(booking) else [],
        if_missed={
            side: bookings.if_missed(session, booking, side) for side in ("client", "expert")
        },
        papers=documents.of_booking(session, viewer, booking.id) if side != "staff" else [],
        may_share=side != "staff" and viewer.is_signed_in and documents.may_share(booking),
        entered=_entered(session, shown),
        silent=attempt is not None and payments.is_silent(session, attempt),
        move=bookings.open_move(session, booking.id),
        moves_left=bookings.moves_left(session, booking),
        more_paid=_sum(session, more),
        decided=any(line.what == What.DECIDED for line in changes),
        returned=returned,
    )


def _attempt(session: Session, booking: bookings.Booking) -> payments.Attempt | None:
    """The payment that bought the hour; before there is one, the one that tells most.

    Of two that were paid the other one went back, and would tell of money that is not missing.
    """
    if booking.paid_attempt_id is not None:
        return payments.attempt(session, booking.paid_attempt_id)
    found = payments.of_subjects(session, [booking.id]).get(booking.id)
    if found is not None and found.in_vain and booking.state == BookingState.HELD:
        return None  # its money goes back, and the hour still waits for other money
    return found


def _refunds(session: Session, attempt_ids: Sequence[UUID]) -> list[payments.Refund]:
    found = payments.refunds_of(session, attempt_ids)
    return sorted((one for each in found.values() for one in each), key=lambda one: one.id)


def _sum(session: Session, attempt_ids: Sequence[UUID]) -> Money | None:
    """What came in by several payments; None for none."""
    amounts = [payments.attempt(session, one).amount for one in attempt_ids]
    if not amounts:
        return None
    return Money(sum(one.minor for one in amounts), amounts[0].currency)


def near(session: Session, booking: bookings.Booking) -> list[datetime]:
    """Three free starts near the booked one, none if the service is gone.

    A live booking moves with the length it has; after a lost one the service is booked as it is.
    """
    live = booking.state in bookings.LIVE_STATES
    try:
        if live:
            terms = bookings.terms_of(session, booking)
        else:
            terms = experts.service_terms(session, booking.service_id)
    except experts.ServiceNotFound:
        return []
    found = scheduling.near_starts(session, terms, booking.starts_at, count=4)
    return [start for start in found if not (live and start == booking.starts_at)][:3]


def free_of(
    session: Session, booking: bookings.Booking, starts: Sequence[datetime]
) -> list[datetime]:
    """Which of these starts could still be taken for this booking."""
    try:
        terms = bookings.terms_of(session, booking, notice=False)
    except experts.ServiceNotFound:
        return []
    reach = terms.length + terms.before + terms.after
    return [
        start
        for start in starts
        if (
            scheduling.is_open if abs(start - booking.starts_at) < reach else scheduling.is_offered
        )(session, terms, start)
    ]


def deadline(preview: bookings.Preview) -> datetime | None:
    """Until when the present refund holds."""
    until = preview.until
    return until if until is not None and until > clock.now() else None


def _fell_through(booking: bookings.Booking) -> bool:
    """Whether an hour was called off that the client may want to replace."""
    coming = booking.state == BookingState.CANCELLED and booking.starts_at > clock.now()
    return coming and bookings.suggests(booking)


def _names(
    session: Session, shown: Visit, changes: Sequence[bookings.BookingChange]
) -> dict[UUID, str]:
    """Colleagues by name, for staff only."""
    if shown.side != "staff":
        return {}
    actors = {change.actor for change in changes if change.actor}
    return {
        person_id: person.name for person_id, person in identity.people(session, actors).items()
    }


def _entered(session: Session, shown: Visit) -> list[Entered]:
    """Who went into the room, each once."""
    if (
        shown.state not in _HAS_BEEN
        or meetings.Window.around(shown.starts_at, shown.ends_at).opens_at > clock.now()
    ):
        return []
    first: dict[UUID, datetime] = {}
    for join in meetings.joins_of(session, shown.id):
        first.setdefault(join.person_id, join.at)
    people = identity.people(session, first)
    return [Entered(people[one].name, at) for one, at in first.items() if one in people]
