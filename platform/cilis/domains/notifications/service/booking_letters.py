"""Letters about a booking, for its client and its expert."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from cilis.domains import bookings
from cilis.domains.notifications.service import ending_letters
from cilis.domains.notifications.service.booking_parts import (
    about,
    meeting,
    opens,
    plain,
    rules,
    short,
)
from cilis.domains.notifications.service.facts import (
    BookingFacts,
    hours,
    moment,
    money_lines,
    page,
    where,
)
from cilis.domains.notifications.types import Block, Kind, Letter, Side
from cilis.infra import i18n
from cilis.infra.http.addresses import absolute
from cilis.infra.i18n import gettext as _
from cilis.kit import clock

_S = bookings.BookingState
_TRUE_WHILE: Mapping[Kind, frozenset[bookings.BookingState]] = {
    Kind.BOOKING_REQUESTED: frozenset({_S.PENDING}),
    Kind.BOOKING_CONFIRMED: frozenset({_S.CONFIRMED}),
    Kind.BOOKING_MOVED: frozenset({_S.CONFIRMED, _S.PENDING}),
    Kind.REMINDER_DAY: frozenset({_S.CONFIRMED}),
    Kind.REMINDER_HOUR: frozenset({_S.CONFIRMED}),
    Kind.BOOKING_COMPLETED: frozenset({_S.COMPLETED}),
    Kind.BOOKING_MISSED: frozenset({_S.NO_SHOW}),
}
_BEFORE_THE_END = frozenset({Kind.BOOKING_REQUESTED, Kind.BOOKING_CONFIRMED})
_BEFORE_THE_BEGINNING = frozenset({Kind.REMINDER_DAY, Kind.REMINDER_HOUR})


def still_true(known: BookingFacts) -> bool:
    """Whether the letter would tell the truth: the booking may have moved on."""
    states = _TRUE_WHILE.get(known.kind)
    if states is not None and known.booking.state not in states:
        return False
    if known.kind in _BEFORE_THE_BEGINNING:
        meant = known.case.detail.get("sequence", known.booking.sequence)
        return meant == known.booking.sequence and known.booking.starts_at > clock.now()
    return known.kind not in _BEFORE_THE_END or known.booking.ends_at > clock.now()


def write(known: BookingFacts) -> Letter:
    """The letter of this kind for this side."""
    return _LETTERS[known.kind, known.side](known)


def _client_requested(known: BookingFacts) -> Letter:
    booking = known.booking
    letter = plain(
        known,
        _("Asked for: %(when)s", when=short(known)),
        _("Your request is with %(name)s, who now has to confirm it.", name=known.other_name),
    )
    until = moment(booking.answer_by) if booking.answer_by else ""
    words = _("%(name)s answers by %(until)s.", name=known.other_name, until=until)
    if known.paid:
        words += " " + _("If there is no answer by then, all your money goes back by itself.")
    return replace(
        letter,
        preheader=words,
        blocks=[Block(_("What happens next"), words)],
        lines_title=_("You have paid"),
        lines=money_lines(known),
    )


def _expert_requested(known: BookingFacts) -> Letter:
    booking = known.booking
    until = moment(booking.answer_by) if booking.answer_by else ""
    letter = plain(
        known,
        _("New request: %(when)s", when=short(known)),
        _("%(name)s would like to see you. Please accept or decline.", name=known.other_name),
    )
    words = _(
        "Please answer by %(until)s. After that the request is declined by itself.", until=until
    )
    return replace(
        letter,
        preheader=words,
        button=_("Answer the request"),
        link=absolute("/desk/requests"),
        blocks=about(known),
        aside=Block(_("Time to answer."), words),
    )


def _client_confirmed(known: BookingFacts) -> Letter:
    opens_at = opens(known)
    letter = plain(
        known,
        _("Confirmed: %(when)s with %(name)s", when=short(known), name=known.other_name),
        _("Your booking is confirmed."),
    )
    hint = _(
        "From %(time)s on, this button leads to your room. The calendar file in this mail follows"
        " when the time changes.",
        time=opens_at,
    )
    return replace(
        letter,
        hint=meeting(known, hint),
        preheader=meeting(known, _("The room opens at %(time)s.", time=opens_at)),
        lines_title=_("You have paid"),
        lines=money_lines(known),
        aside=rules(known),
        aside_link=(_("Change or cancel"), page(known, "/cancel")),
    )


def _expert_confirmed(known: BookingFacts) -> Letter:
    letter = plain(
        known,
        _("Booked: %(when)s with %(name)s", when=short(known), name=known.other_name),
        _("You have a new session."),
    )
    hint = meeting(known, _("The room opens at %(time)s. You are its host.", time=opens(known)))
    return replace(letter, hint=hint, preheader=hint, blocks=about(known))


def _moved(known: BookingFacts) -> Letter:
    letter = plain(
        known,
        _("New time: %(when)s with %(name)s", when=short(known), name=known.other_name),
        _moved_words(known),
    )
    old = known.case.detail.get("old_starts_at")
    blocks = []
    if old:
        starts_at = datetime.fromisoformat(old)
        was = f"{i18n.format_date(starts_at, 'weekday')}, " + hours(
            starts_at, starts_at + known.booking.length
        )
        blocks.append(Block(_("The time until now"), was))
    hint = _("The calendar file in this mail brings your calendar up to date.")
    return replace(
        letter,
        hint=hint,
        preheader=_("Everything else stays as it was."),
        blocks=blocks,
        aside=rules(known),
        aside_link=(_("Change or cancel"), page(known, "/cancel")) if known.rules else None,
    )


def _moved_words(known: BookingFacts) -> str:
    by = known.case.detail.get("by", "")
    if by == known.side:
        return _("You have moved your session.")
    if by in {"client", "expert"}:
        return _("%(name)s has moved your session.", name=known.other_name)
    return _("Your session has a new time.")


def _reminder_day(known: BookingFacts) -> Letter:
    letter = plain(
        known,
        _("Reminder: %(when)s with %(name)s", when=short(known), name=known.other_name),
        _("Your session comes near."),
    )
    needs = _(
        "The room opens at %(time)s. You need a browser, a camera and a microphone.",
        time=opens(known),
    )
    hint = meeting(known, needs)
    letter = replace(letter, hint=hint, preheader=hint)
    if known.rules is None:
        return letter
    link = (_("Change or cancel"), page(known, "/cancel"))
    return replace(letter, aside=rules(known), aside_link=link)


def _reminder_hour(known: BookingFacts) -> Letter:
    time = i18n.format_time(known.booking.starts_at)
    letter = plain(
        known,
        _("Today at %(time)s with %(name)s", time=time, name=known.other_name),
        _("Your session begins soon."),
    )
    hint = meeting(known, _("The room opens at %(time)s.", time=opens(known)))
    if where(known):
        return replace(letter, hint=hint, preheader=hint)
    return replace(
        letter, hint=hint, preheader=hint, button=_("Enter the room"), link=page(known, "/room")
    )


_LETTERS: Mapping[tuple[Kind, Side], Callable[[BookingFacts], Letter]] = {
    (Kind.BOOKING_REQUESTED, Side.CLIENT): _client_requested,
    (Kind.BOOKING_REQUESTED, Side.EXPERT): _expert_requested,
    (Kind.BOOKING_CONFIRMED, Side.CLIENT): _client_confirmed,
    (Kind.BOOKING_CONFIRMED, Side.EXPERT): _expert_confirmed,
    (Kind.BOOKING_MOVED, Side.CLIENT): _moved,
    (Kind.BOOKING_MOVED, Side.EXPERT): _moved,
    (Kind.BOOKING_CANCELLED, Side.CLIENT): ending_letters.client_cancelled,
    (Kind.BOOKING_CANCELLED, Side.EXPERT): ending_letters.expert_cancelled,
    (Kind.BOOKING_DECLINED, Side.CLIENT): ending_letters.client_declined,
    (Kind.PAID_IN_VAIN, Side.CLIENT): ending_letters.paid_in_vain,
    (Kind.BOOKING_COMPLETED, Side.CLIENT): ending_letters.completed,
    (Kind.BOOKING_MISSED, Side.CLIENT): ending_letters.missed,
    (Kind.BOOKING_MISSED, Side.EXPERT): ending_letters.expert_missed,
    (Kind.REMINDER_DAY, Side.CLIENT): _reminder_day,
    (Kind.REMINDER_DAY, Side.EXPERT): _reminder_day,
    (Kind.REMINDER_HOUR, Side.CLIENT): _reminder_hour,
    (Kind.REMINDER_HOUR, Side.EXPERT): _reminder_hour,
}
