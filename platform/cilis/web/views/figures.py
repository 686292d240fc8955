"""The organization's month in four figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from cilis.domains import bookings
from cilis.domains.bookings import BookingState, Tally
from cilis.infra.i18n import format_money, format_number, gettext
from cilis.kit import clock
from cilis.kit.money import Money

PERIOD = timedelta(days=30)
_HELD_SESSIONS = (BookingState.CONFIRMED, BookingState.COMPLETED, BookingState.NO_SHOW)
_Month = Mapping[BookingState, Tally]


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with what it was before; ``icon`` shows where it goes."""

    name: str
    value: str
    before: str
    change: str = ""
    icon: str = "minus"

    @property
    def is_good(self) -> bool:
        """Whether the change is one to be glad of."""
        return self.change.startswith("+")


@dataclass(frozen=True, slots=True)
class Months:
    """The last thirty days, the thirty before, the thirty to come."""

    last: _Month
    before: _Month
    coming: _Month

    @property
    def unanswered(self) -> int:
        """Requests that wait for an expert."""
        return self.coming.get(BookingState.PENDING, Tally()).number


def months(session: Session) -> Months:
    """Three queries over the sessions' times."""
    now = clock.now()
    return Months(
        bookings.tally(session, now - PERIOD, now),
        bookings.tally(session, now - 2 * PERIOD, now - PERIOD),
        bookings.tally(session, now, now + PERIOD),
    )


def figures(found: Months, currency: str) -> list[Figure]:
    """Sessions, revenue, share of cancelled ones, what is coming."""
    last, before = _count(found.last), _count(found.before)
    earned, earlier = _earned(found.last), _earned(found.before)
    off, off_before = _cancelled(found.last), _cancelled(found.before)
    coming = _count(found.coming)
    return [
        Figure(
            gettext("Sessions"),
            format_number(last),
            gettext("%(number)s the 30 days before", number=format_number(before)),
            _signed(last - before),
            _trend(last - before),
        ),
        Figure(
            gettext("Revenue with tax"),
            format_money(Money(earned, currency)),
            gettext("%(amount)s before", amount=format_money(Money(earlier, currency))),
            _percent(earned, earlier),
            _trend(earned - earlier),
        ),
        Figure(
            gettext("Cancelled"),
            f"{format_number(off, 1)} %",
            gettext("%(share)s the 30 days before", share=f"{format_number(off_before, 1)} %"),
            "",
            _trend(off - off_before),
        ),
        Figure(
            gettext("Coming"),
            format_number(coming),
            gettext("sessions in the next 30 days"),
        ),
    ]


def _count(month: _Month) -> int:
    return sum(month.get(state, Tally()).number for state in _HELD_SESSIONS)


def _earned(month: _Month) -> int:
    return sum(month.get(state, Tally()).minor for state in _HELD_SESSIONS)


def _cancelled(month: _Month) -> float:
    off = month.get(BookingState.CANCELLED, Tally()).number
    total = off + _count(month)
    return 100 * off / total if total else 0.0


def _signed(number: int) -> str:
    return f"{'+' if number > 0 else '−'}{format_number(abs(number))}" if number else ""


def _percent(now: int, before: int) -> str:
    if not before or now == before:
        return ""
    share = 100 * (now - before) / before
    return f"{'+' if share > 0 else '−'}{format_number(abs(share), 1)} %"


def _trend(change: float) -> str:
    if not change:
        return "minus"
    return "trending-up" if change > 0 else "trending-down"
