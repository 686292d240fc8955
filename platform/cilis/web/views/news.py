"""The one sentence about how a booking stands now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cilis.domains import payments
from cilis.domains.bookings import BookingState
from cilis.domains.payments import AttemptState, RefundState
from cilis.infra.i18n import format_datetime, format_money, format_time, gettext

if TYPE_CHECKING:
    from cilis.web.views.standing import Standing

_TONES = {
    BookingState.HELD: "info",
    BookingState.PENDING: "caution",
    BookingState.CONFIRMED: "positive",
    BookingState.CANCELLED: "info",
    BookingState.EXPIRED: "caution",
}


def sentence(standing: Standing) -> str:
    """What the reader needs to know now; "" when state and timeline say it all."""
    if standing.visit.disputed:
        return _disputed_news(standing)
    words = {
        BookingState.HELD: _held_news,
        BookingState.PENDING: _pending_news,
        BookingState.EXPIRED: _expired_news,
        BookingState.CANCELLED: _refund_news,
        BookingState.NO_SHOW: _refund_news,
    }.get(standing.visit.state)
    return words(standing) if words else ""


def tone(standing: Standing) -> str:
    """The colour of the sentence."""
    return "caution" if standing.visit.disputed else _TONES.get(standing.visit.state, "info")


def is_on_its_way(standing: Standing) -> bool:
    """Whether money is between the client's bank and us."""
    state = standing.attempt.state if standing.attempt else None
    if state == AttemptState.SENT:
        return standing.returned  # said by the gateway's own address, good enough for a sentence
    return state in {AttemptState.PENDING, AttemptState.CAPTURED}


def _held_news(standing: Standing) -> str:
    until = _until(standing)
    state = standing.attempt.state if standing.attempt else None
    if not standing.is_client:
        return gettext("Held until %(time)s for somebody who has not paid yet.", time=until)
    if standing.silent and standing.attempt is not None:
        return gettext(
            "%(name)s does not answer just now. If you have paid there, wait: we keep asking, and "
            "this page changes by itself. Or pay another way before %(time)s; should both payments "
            "arrive, one of them goes back by itself.",
            name=payments.title(standing.attempt.provider, standing.attempt.way),
            time=until,
        )
    if is_on_its_way(standing):
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
    if standing.pays_by_hand:
        return gettext(
            "Your hour is held until %(time)s and waits for your payment. It is yours as soon as "
            "the money is there.",
            time=until,
        )
    if state is not None:
        return gettext(
            "Waiting for news of your payment; this page changes by itself. If you "
            "stopped on the way, try again before %(time)s.",
            time=until,
        )
    return gettext("Held for you until %(time)s. It is yours as soon as it is paid.", time=until)


def _until(standing: Standing) -> str:
    """When the hold ends; with its day where that is not within the hour."""
    until = standing.visit.held_until
    if until is None:
        return ""
    return format_datetime(until) if standing.visit.is_held_long else format_time(until)


def _pending_news(standing: Standing) -> str:
    if standing.visit.answer_by is None:
        return ""
    by = format_datetime(standing.visit.answer_by)
    if standing.proposal is not None:
        return _proposed_news(standing, by)
    if standing.visit.side == "expert":
        return gettext(
            "Please answer by %(time)s. After that the client gets everything back.", time=by
        )
    return gettext(
        "%(name)s answers by %(time)s. If the answer is no, or none comes, everything comes back.",
        name=standing.visit.expert_name,
        time=by,
    )


def _proposed_news(standing: Standing, by: str) -> str:
    if standing.is_client:
        return gettext(
            "%(name)s proposes other times. Please choose one by %(time)s; if none fits, or "
            "you do not answer, everything comes back.",
            name=standing.visit.expert_name,
            time=by,
        )
    return gettext(
        "The client chooses one of your times by %(time)s, or gets everything back.", time=by
    )


def _disputed_news(standing: Standing) -> str:
    if standing.is_client:
        return gettext("You told us that it was otherwise. A person looks at it and writes to you.")
    if standing.visit.side == "expert":
        return gettext(
            "The client says that it was otherwise. A person looks at it and writes to you."
        )
    return gettext("The client says that it was otherwise. Please decide what happened.")


def _expired_news(standing: Standing) -> str:
    if standing.refunds:
        return _refund_news(standing)
    if standing.attempt is not None and standing.attempt.state != AttemptState.FAILED:
        over = gettext("The held time is over")
        late = gettext(
            "If you paid in the meantime, the booking is made by itself or the money comes back."
        )
        return f"{over}. {late}" if standing.is_client else ""
    return gettext("The held time ran out before the payment came. Nothing was charged.")


def _refund_news(standing: Standing) -> str:
    sentences = [_bank_news(standing)]
    if not standing.credit_again.is_zero:
        amount = format_money(standing.credit_again)
        sentences.append(gettext("%(amount)s is credit again.", amount=amount))
    return " ".join(sentence for sentence in sentences if sentence)


def _bank_news(standing: Standing) -> str:
    if not standing.back_by_bank:
        return ""
    last = standing.back_by_bank[-1]
    words = {
        RefundState.DONE: gettext("%(amount)s went back to the account or card that paid."),
        RefundState.REFUSED: gettext(
            "The bank did not take back %(amount)s. A person looks at it and writes to you."
        ),
    }.get(
        last.state,
        gettext(
            "%(amount)s is on its way back to the account or card that paid. Banks need a few days."
        ),
    )
    return words % {"amount": format_money(last.amount)}
