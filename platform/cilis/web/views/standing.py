"""How one booking stands: what happened, what comes next, what can be done now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from cilis.domains import bookings, payments, reviews
from cilis.domains.bookings import BookingState
from cilis.domains.payments import AttemptState, RefundState
from cilis.infra.i18n import format_datetime, format_money, format_time, gettext
from cilis.kit import clock
from cilis.kit.money import Money
from cilis.kit.viewer import Viewer
from cilis.web.views.history import timeline
from cilis.web.views.visits import Visit, visit

_UNDER_WAY = frozenset({AttemptState.PENDING, AttemptState.REVIEW, AttemptState.CAPTURED})
_GIVEN_UP = (BookingState.PENDING, BookingState.CONFIRMED)
_TONES = {
    BookingState.HELD: "info",
    BookingState.PENDING: "caution",
    BookingState.CONFIRMED: "positive",
    BookingState.CANCELLED: "info",
    BookingState.EXPIRED: "caution",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Everything the page of a booking shows to one side."""

    visit: Visit
    attempt: payments.Attempt | None
    refunds: Sequence[payments.Refund]
    preview: bookings.Preview
    steps: Sequence[dict[str, Any]]
    review: reviews.Review | None
    returned: bool = False  # this browser has just come back from a pay page where it was done

    @property
    def paid(self) -> Money | None:
        """What came in, if anything did."""
        captured = self.attempt is not None and self.attempt.state == AttemptState.CAPTURED
        return self.attempt.amount if captured and self.attempt else None

    @property
    def may_pay(self) -> bool:
        """Whether the client may (again) choose how to pay."""
        state = self.attempt.state if self.attempt else None
        busy = state in _UNDER_WAY or self._is_on_its_way
        return self._is_client and self._is_held and not busy

    @property
    def may_cancel(self) -> bool:
        """Whether this side may still give the hour up."""
        return self.visit.state in _GIVEN_UP and self.visit.starts_at > clock.now()

    @property
    def may_move(self) -> bool:
        """Whether this side may still choose another hour."""
        until = self.preview.move_until
        if self.visit.state != BookingState.CONFIRMED or not self.may_cancel:
            return False
        return not self._is_client or until is None or clock.now() < until

    @property
    def may_describe(self) -> bool:
        """Whether the client may still change what it is about."""
        return self._is_client and self.visit.is_live and not self.visit.is_over

    @property
    def may_review(self) -> bool:
        """Whether it is time to say how it was."""
        completed = self.visit.state == BookingState.COMPLETED
        return self._is_client and completed and self.review is None

    @property
    def has_invite(self) -> bool:
        """Whether the hour belongs into a calendar."""
        return self.visit.state == BookingState.CONFIRMED and not self.visit.is_over

    @property
    def waits(self) -> bool:
        """Whether something changes soon without the reader doing anything."""
        return self.visit.state == BookingState.PENDING or (
            self._is_held and self.attempt is not None
        )

    @property
    def tone(self) -> str:
        """The colour of `news`."""
        return _TONES.get(self.visit.state, "info")

    @property
    def news(self) -> str:
        """The one sentence about now, "" when state and timeline say it all."""
        words = {
            BookingState.HELD: self._held_news,
            BookingState.PENDING: self._pending_news,
            BookingState.EXPIRED: self._expired_news,
            BookingState.CANCELLED: self._refund_news,
        }.get(self.visit.state)
        return words() if words else ""

    @property
    def _is_client(self) -> bool:
        return self.visit.side == "client"

    @property
    def _is_held(self) -> bool:
        until = self.visit.held_until
        held = self.visit.state == BookingState.HELD
        return held and until is not None and until > clock.now()

    @property
    def _is_on_its_way(self) -> bool:
        state = self.attempt.state if self.attempt else None
        if state == AttemptState.SENT:
            return self.returned  # said by the gateway's own address, good enough for a sentence
        return state in {AttemptState.PENDING, AttemptState.CAPTURED}

    def _held_news(self) -> str:
        until = format_time(self.visit.held_until) if self.visit.held_until else ""
        state = self.attempt.state if self.attempt else None
        if self._is_on_its_way:
            return gettext(
                "Your payment is on its way. This page changes by itself; you may "
                "close it, the confirmation comes by e-mail."
            )
        if state == AttemptState.REVIEW:
            return gettext(
                "Your bank is checking the payment. Your hour stays held; we write to "
                "you as soon as it is decided."
            )
        if state in {AttemptState.FAILED, AttemptState.EXPIRED}:
            return gettext(
                "The payment did not go through and nothing was charged. Your hour is "
                "held until %(time)s, please try again.",
                time=until,
            )
        if state is not None:
            return gettext(
                "Waiting for news of your payment; this page changes by itself. If you "
                "stopped on the way, try again before %(time)s.",
                time=until,
            )
        return gettext(
            "Held for you until %(time)s. It is yours as soon as it is paid.", time=until
        )

    def _pending_news(self) -> str:
        if self.visit.answer_by is None:
            return ""
        by = format_datetime(self.visit.answer_by)
        if self.visit.side == "expert":
            return gettext(
                "Please answer by %(time)s. After that the client gets everything back.", time=by
            )
        return gettext(
            "%(name)s answers by %(time)s. If the answer is no, or none comes, "
            "everything comes back.",
            name=self.visit.expert_name,
            time=by,
        )

    def _expired_news(self) -> str:
        if self.refunds:
            return self._refund_news()
        return gettext("The held time ran out before the payment came. Nothing was charged.")

    def _refund_news(self) -> str:
        if not self.refunds:
            return ""
        last = self.refunds[-1]
        words = {
            RefundState.DONE: gettext("%(amount)s went back to the account or card that paid."),
            RefundState.REFUSED: gettext(
                "The bank did not take back %(amount)s. A person looks at it and writes to you."
            ),
        }.get(
            last.state,
            gettext(
                "%(amount)s is on its way back to the account or card that "
                "paid. Banks need a few days."
            ),
        )
        return words % {"amount": format_money(last.amount)}


def standing(
    session: Session, booking: bookings.Booking, viewer: Viewer, *, returned: bool = False
) -> Standing:
    """A booking with payment, refunds, history and what cancelling would give back."""
    side = bookings.side_of(booking, viewer) or "staff"
    shown = visit(session, booking, side)
    attempt = payments.of_subjects(session, [booking.id]).get(booking.id)
    refunds = payments.refunds_of(session, [attempt.id])[attempt.id] if attempt else []
    return Standing(
        visit=shown,
        attempt=attempt,
        refunds=refunds,
        preview=bookings.cancellation(session, booking, by=side),
        steps=timeline(shown, bookings.history(session, booking.id), attempt),
        review=reviews.of_bookings(session, [booking.id]).get(booking.id),
        returned=returned,
    )


def deadline(preview: bookings.Preview) -> datetime | None:
    """Until when the present refund holds."""
    for tier in preview.tiers:
        if tier.percent == preview.percent and tier.until and tier.until > clock.now():
            return tier.until
    return None
