"""Letters about a booking that did not come to be, or is over."""

from __future__ import annotations

from dataclasses import replace

from cilis.domains.notifications.service.booking_parts import plain, short
from cilis.domains.notifications.service.facts import BookingFacts, page
from cilis.domains.notifications.types import Block, Letter
from cilis.infra import i18n
from cilis.infra.http.addresses import absolute
from cilis.infra.i18n import gettext as _
from cilis.kit.money import Money


def client_cancelled(known: BookingFacts) -> Letter:
    """The booking will not take place; for the client."""
    by = known.case.detail.get("by", "")
    subject = _("Cancelled: %(when)s", when=short(known))
    opening = {
        "client": _("You have cancelled your session."),
        "expert": _("%(name)s had to cancel your session. We are sorry.", name=known.other_name),
    }.get(by, _("Your session was cancelled."))
    letter = _money_back(known, plain(known, subject, opening))
    if by == "client":
        return letter
    return _another_time(known, _with_reason(known, letter))


def expert_cancelled(known: BookingFacts) -> Letter:
    """The booking will not take place; for the expert."""
    by = known.case.detail.get("by", "")
    opening = {
        "client": _("%(name)s has cancelled. The hour is free again.", name=known.other_name),
        "expert": _("You have cancelled this session. Your client was told."),
    }.get(by, _("This session was cancelled."))
    letter = plain(known, _("Cancelled: %(when)s", when=short(known)), opening)
    if by == "client":
        letter = _with_reason(known, letter)
    return replace(letter, preheader=opening, button=_("To your desk"), link=absolute("/desk"))


def client_declined(known: BookingFacts) -> Letter:
    """The expert said no, or nothing; for the client."""
    answered = known.case.detail.get("by", "") != "system"
    name = known.other_name
    opening = (
        _("%(name)s cannot take this session.", name=name)
        if answered
        else _("%(name)s has not answered in time.", name=name)
    )
    letter = plain(known, _("Not possible: %(when)s", when=short(known)), opening)
    if answered:
        letter = _with_reason(known, letter)
    return _another_time(known, _money_back(known, letter))


def paid_in_vain(known: BookingFacts) -> Letter:
    """Money came for an hour that was gone, a second time, or over another price than it has."""
    why = known.case.detail.get("why")
    if why == "amount_changed":
        opening = _("Your payment was over another amount than the session costs by now.")
        letter = plain(known, _("Your money goes back"), opening)
        hint = _("If the hour is still held for you, you can pay the new amount.")
        letter = _money_back(known, letter)
        return replace(letter, hint=f"{letter.hint} {hint}")
    if why == "paid_twice":
        opening = _("You paid twice. Your session stays, and the second payment goes back.")
        return _money_back(known, plain(known, _("Your money goes back"), opening))
    letter = plain(
        known,
        _("Your money goes back"),
        _("Your payment arrived when the hour was no longer free. We are sorry."),
    )
    return _another_time(known, _money_back(known, letter))


def completed(known: BookingFacts) -> Letter:
    """The session is over: how was it?"""
    letter = plain(
        known,
        _("How was it with %(name)s?", name=known.other_name),
        _("Thank you for your visit."),
    )
    words = _(
        "Two minutes of your time help others to choose, and help %(name)s to get better.",
        name=known.other_name,
    )
    return replace(
        letter,
        fact=[_("How was your session?")],
        preheader=words,
        hint=words,
        under=f"{short(known)}",
        button=_("Write a review"),
        link=page(known, "/review"),
    )


def expert_missed(known: BookingFacts) -> Letter:
    """The client waited in vain; for the expert."""
    letter = plain(
        known,
        _("You were missed: %(when)s", when=short(known)),
        _("%(name)s waited for you, but you did not come.", name=known.other_name),
    )
    words = _("Was it otherwise? Reply to this mail and we look into it.")
    if _refunded(known) > 0:
        words = _("The client gets the money back.") + " " + words
    return replace(letter, preheader=words, hint=words)


def missed(known: BookingFacts) -> Letter:
    """One side waited in vain; for the client."""
    if known.case.detail.get("missed_by") == "expert":
        letter = plain(
            known,
            _("We are sorry: %(when)s", when=short(known)),
            _("%(name)s did not come to your session. We are sorry.", name=known.other_name),
        )
        return _another_time(known, _money_back(known, letter))
    letter = plain(
        known,
        _("You were missed: %(when)s", when=short(known)),
        _("%(name)s waited for you, but you did not come.", name=known.other_name),
    )
    words = _("Was it otherwise? Reply to this mail and we look into it.")
    letter = _money_back(known, letter)  # where the rules give a share back
    hint = f"{letter.hint} {words}" if _refunded(known) > 0 else words
    return replace(letter, preheader=words, hint=hint)


def _money_back(known: BookingFacts, letter: Letter) -> Letter:
    """The money is the fact where some comes back, and the hour where none does."""
    minor = _refunded(known)
    booking = known.booking
    if minor <= 0:
        return letter
    amount = i18n.format_money(Money(minor, booking.currency))
    words = _way_back(known, minor)
    return replace(
        letter,
        fact=[_("%(amount)s comes back", amount=amount)],
        under=f"{short(known)}",
        preheader=words,
        hint=words,
    )


def _way_back(known: BookingFacts, minor: int) -> str:
    """By which way the money travels: to the bank, or as credit that is there at once."""
    again = min(known.credit_again.minor, minor)
    if not again:
        return _("The money goes back the way you paid. Banks take one to five working days.")
    if again == minor:
        return _("It is credit again, at once: you can use it for your next session.")
    amount = i18n.format_money(Money(again, known.booking.currency))
    return _(
        "%(amount)s of it is credit again, at once. The rest goes back the way you paid; banks"
        " take one to five working days.",
        amount=amount,
    )


def _refunded(known: BookingFacts) -> int:
    return int(known.case.detail.get("refund_minor") or 0)


def _with_reason(known: BookingFacts, letter: Letter) -> Letter:
    """What the other side wrote when it gave the hour up."""
    if not known.reason:
        return letter
    return replace(
        letter, blocks=[Block(_("What %(name)s writes", name=known.other_name), known.reason)]
    )


def _another_time(known: BookingFacts, letter: Letter) -> Letter:
    link = absolute(f"/experts/{known.card.slug}#times")
    return replace(letter, button=_("Find another time"), link=link)
