"""Letters about a booking, for its client and its expert."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from cilis.domains import bookings, meetings
from cilis.domains.notifications.service.facts import (
    BookingFacts,
    fact_of,
    footnote,
    hours,
    moment,
    money_lines,
    page,
    under,
    who,
)
from cilis.domains.notifications.types import Block, Kind, Letter, Side
from cilis.infra import i18n
from cilis.infra.http.addresses import absolute
from cilis.infra.i18n import gettext as _
from cilis.kit import clock
from cilis.kit.money import Money

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
_BEFORE_THE_SESSION = frozenset(
    {Kind.BOOKING_REQUESTED, Kind.BOOKING_CONFIRMED, Kind.REMINDER_DAY, Kind.REMINDER_HOUR}
)
_LONGEST_QUOTE = 300


def still_true(known: BookingFacts) -> bool:
    """Whether the letter would tell the truth: the booking may have moved on."""
    states = _TRUE_WHILE.get(known.kind)
    if states is not None and known.booking.state not in states:
        return False
    return known.kind not in _BEFORE_THE_SESSION or known.booking.ends_at > clock.now()


def write(known: BookingFacts) -> Letter:
    """The letter of this kind for this side."""
    return _LETTERS[known.kind, known.side](known)


def _plain(known: BookingFacts, subject: str, opening: str) -> Letter:
    """What all letters about a booking share."""
    booking = known.booking
    return Letter(
        subject=subject, opening=opening, fact=fact_of(booking.starts_at, booking.ends_at),
        under=under(known), who=who(known), button=_("See the booking"), link=page(known),
        footnote=footnote(known),
    )


def _short(known: BookingFacts) -> str:
    starts_at = known.booking.starts_at
    return f"{i18n.format_date(starts_at, 'weekday')}, {i18n.format_time(starts_at)}"


def _opens(known: BookingFacts) -> str:
    booking = known.booking
    return i18n.format_time(meetings.Window.around(booking.starts_at, booking.ends_at).opens_at)


def _client_requested(known: BookingFacts) -> Letter:
    booking = known.booking
    letter = _plain(
        known, _("Asked for: %(when)s", when=_short(known)),
        _("Your request is with %(name)s, who now has to confirm it.", name=known.other_name),
    )
    until = moment(booking.answer_by) if booking.answer_by else ""
    words = _("%(name)s answers by %(until)s.", name=known.other_name, until=until)
    if known.paid:
        words += " " + _("If there is no answer by then, all your money goes back by itself.")
    return replace(
        letter, preheader=words, blocks=[Block(_("What happens next"), words)],
        lines_title=_("You have paid"), lines=money_lines(known),
    )


def _expert_requested(known: BookingFacts) -> Letter:
    booking = known.booking
    until = moment(booking.answer_by) if booking.answer_by else ""
    letter = _plain(
        known, _("New request: %(when)s", when=_short(known)),
        _("%(name)s would like to see you. Please accept or decline.", name=known.other_name),
    )
    words = _(
        "Please answer by %(until)s. After that the request is declined by itself.", until=until
    )
    return replace(
        letter, preheader=words, button=_("Answer the request"), link=absolute("/desk/requests"),
        blocks=_about(known), aside=Block(_("Time to answer."), words),
    )


def _client_confirmed(known: BookingFacts) -> Letter:
    opens = _opens(known)
    letter = _plain(
        known,
        _("Confirmed: %(when)s with %(name)s", when=_short(known), name=known.other_name),
        _("Your booking is confirmed."),
    )
    hint = _(
        "From %(time)s on, this button leads to your room. The calendar file in this mail follows"
        " when the time changes.", time=opens,
    )
    return replace(
        letter, hint=hint, preheader=_("The room opens at %(time)s.", time=opens),
        lines_title=_("You have paid"), lines=money_lines(known), aside=_rules(known),
        aside_link=(_("Change or cancel"), page(known, "/cancel")),
    )


def _expert_confirmed(known: BookingFacts) -> Letter:
    letter = _plain(
        known, _("Booked: %(when)s with %(name)s", when=_short(known), name=known.other_name),
        _("You have a new session."),
    )
    hint = _("The room opens at %(time)s. You are its host.", time=_opens(known))
    return replace(letter, hint=hint, preheader=hint, blocks=_about(known))


def _moved(known: BookingFacts) -> Letter:
    letter = _plain(
        known, _("New time: %(when)s with %(name)s", when=_short(known), name=known.other_name),
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
        letter, hint=hint, preheader=_("Everything else stays as it was."), blocks=blocks,
        aside=_rules(known),
        aside_link=(_("Change or cancel"), page(known, "/cancel")) if known.rules else None,
    )


def _moved_words(known: BookingFacts) -> str:
    by = known.case.detail.get("by", "")
    if by == known.side:
        return _("You have moved your session.")
    if by in {"client", "expert"}:
        return _("%(name)s has moved your session.", name=known.other_name)
    return _("Your session has a new time.")


def _client_cancelled(known: BookingFacts) -> Letter:
    by = known.case.detail.get("by", "")
    subject = _("Cancelled: %(when)s", when=_short(known))
    opening = {
        "client": _("You have cancelled your session."),
        "expert": _("%(name)s had to cancel your session. We are sorry.", name=known.other_name),
    }.get(by, _("Your session was cancelled."))
    letter = _money_back(known, _plain(known, subject, opening))
    if by != "client":
        letter = _another_time(known, letter)
    return letter


def _expert_cancelled(known: BookingFacts) -> Letter:
    by = known.case.detail.get("by", "")
    opening = {
        "client": _("%(name)s has cancelled. The hour is free again.", name=known.other_name),
        "expert": _("You have cancelled this session. Your client was told."),
    }.get(by, _("This session was cancelled."))
    letter = _plain(known, _("Cancelled: %(when)s", when=_short(known)), opening)
    return replace(letter, preheader=opening, button=_("To your desk"), link=absolute("/desk"))


def _client_declined(known: BookingFacts) -> Letter:
    answered = known.case.detail.get("by", "") != "system"
    name = known.other_name
    opening = (
        _("%(name)s cannot take this session.", name=name) if answered
        else _("%(name)s has not answered in time.", name=name)
    )
    letter = _plain(known, _("Not possible: %(when)s", when=_short(known)), opening)
    return _another_time(known, _money_back(known, letter))


def _paid_in_vain(known: BookingFacts) -> Letter:
    letter = _plain(
        known, _("Your money goes back"),
        _("Your payment arrived when the hour was no longer free. We are sorry."),
    )
    return _another_time(known, _money_back(known, letter))


def _completed(known: BookingFacts) -> Letter:
    letter = _plain(
        known, _("How was it with %(name)s?", name=known.other_name),
        _("Thank you for your visit."),
    )
    words = _("Two minutes of your time help others to choose, and help %(name)s to get better.",
              name=known.other_name)
    return replace(
        letter, fact=[_("How was your session?")], preheader=words, hint=words,
        under=f"{_short(known)}", button=_("Write a review"), link=page(known, "/review"),
    )


def _missed(known: BookingFacts) -> Letter:
    letter = _plain(
        known, _("You were missed: %(when)s", when=_short(known)),
        _("%(name)s waited for you, but you did not come.", name=known.other_name),
    )
    words = _("Was it otherwise? Reply to this mail and we look into it.")
    return replace(letter, preheader=words, hint=words)


def _reminder_day(known: BookingFacts) -> Letter:
    letter = _plain(
        known, _("Reminder: %(when)s with %(name)s", when=_short(known), name=known.other_name),
        _("Your session comes near."),
    )
    hint = _("The room opens at %(time)s. You need a browser, a camera and a microphone.",
             time=_opens(known))
    letter = replace(letter, hint=hint, preheader=hint)
    if known.rules is None:
        return letter
    link = (_("Change or cancel"), page(known, "/cancel"))
    return replace(letter, aside=_rules(known), aside_link=link)


def _reminder_hour(known: BookingFacts) -> Letter:
    time = i18n.format_time(known.booking.starts_at)
    letter = _plain(
        known, _("Today at %(time)s with %(name)s", time=time, name=known.other_name),
        _("Your session begins soon."),
    )
    hint = _("The room opens at %(time)s.", time=_opens(known))
    return replace(
        letter, hint=hint, preheader=hint, button=_("Enter the room"), link=page(known, "/room")
    )


def _about(known: BookingFacts) -> list[Block]:
    """What the client wrote, cut: the whole stands on the page."""
    words = (known.booking.topic_text or "").strip()
    if not words:
        return []
    if len(words) > _LONGEST_QUOTE:
        words = words[:_LONGEST_QUOTE].rsplit(" ", 1)[0] + " …"
    return [Block(_("What it is about"), words)]


def _rules(known: BookingFacts) -> Block | None:
    """Until when how much comes back, as days and times."""
    rules = known.rules
    if rules is None or rules.paid.is_zero:
        return None
    if rules.full_because:
        words = _("Until you begin, you can cancel and everything comes back.")
        return Block(_("Should your plans change."), words)
    sentences = []
    for tier in rules.tiers:
        back = _back(tier.refund, rules.paid)
        if tier.until is None:
            sentences.append(_("After that: %(back)s.", back=back))
        elif tier.until > clock.now():
            until = moment(tier.until)
            sentences.append(_("Until %(until)s: %(back)s.", until=until, back=back))
    return Block(_("Should your plans change."), " ".join(sentences)) if sentences else None


def _back(refund: Money, paid: Money) -> str:
    if refund.is_zero:
        return _("nothing comes back")
    if refund == paid:
        return _("everything comes back")
    return _("you get %(amount)s back", amount=i18n.format_money(refund))


def _money_back(known: BookingFacts, letter: Letter) -> Letter:
    """The money is the fact where some comes back, and the hour where none does."""
    minor = int(known.case.detail.get("refund_minor") or 0)
    booking = known.booking
    if minor <= 0:
        return letter
    amount = i18n.format_money(Money(minor, booking.currency))
    words = _("The money goes back the way you paid. Banks take one to five working days.")
    return replace(
        letter, fact=[_("%(amount)s comes back", amount=amount)],
        under=f"{_short(known)}", preheader=words, hint=words,
    )


def _another_time(known: BookingFacts, letter: Letter) -> Letter:
    link = absolute(f"/experts/{known.card.slug}#times")
    return replace(letter, button=_("Find another time"), link=link)


_LETTERS: Mapping[tuple[Kind, Side], Callable[[BookingFacts], Letter]] = {
    (Kind.BOOKING_REQUESTED, Side.CLIENT): _client_requested,
    (Kind.BOOKING_REQUESTED, Side.EXPERT): _expert_requested,
    (Kind.BOOKING_CONFIRMED, Side.CLIENT): _client_confirmed,
    (Kind.BOOKING_CONFIRMED, Side.EXPERT): _expert_confirmed,
    (Kind.BOOKING_MOVED, Side.CLIENT): _moved,
    (Kind.BOOKING_MOVED, Side.EXPERT): _moved,
    (Kind.BOOKING_CANCELLED, Side.CLIENT): _client_cancelled,
    (Kind.BOOKING_CANCELLED, Side.EXPERT): _expert_cancelled,
    (Kind.BOOKING_DECLINED, Side.CLIENT): _client_declined,
    (Kind.PAID_IN_VAIN, Side.CLIENT): _paid_in_vain,
    (Kind.BOOKING_COMPLETED, Side.CLIENT): _completed,
    (Kind.BOOKING_MISSED, Side.CLIENT): _missed,
    (Kind.REMINDER_DAY, Side.CLIENT): _reminder_day,
    (Kind.REMINDER_DAY, Side.EXPERT): _reminder_day,
    (Kind.REMINDER_HOUR, Side.CLIENT): _reminder_hour,
    (Kind.REMINDER_HOUR, Side.EXPERT): _reminder_hour,
}
