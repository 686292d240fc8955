"""Money without a gateway: the client is told where to pay, staff write down that it came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NoReturn

from cilis.hooks import N_, Refused, SettingField, TestOutcome, hookimpl
from cilis.hooks.payment_parts import Instructions, Line, Way
from cilis.hooks.payments import (
    BadSignature,
    CallbackReply,
    CallbackRequest,
    Outcome,
    PaymentNews,
    PaymentOrder,
    PaymentProvider,
    PaymentQuestion,
    RefundNews,
    RefundOrder,
    RefundOutcome,
    StartedPayment,
    Verdict,
)
from cilis_payment_manual.settings import DESK, FIELDS, TRANSFER, Account, Desk, offer, problem

_ON = frozenset({"1"})
_TRANSFER_STEPS = (
    N_("Transfer the exact amount with the reference, and nothing else in the field for it."),
    N_(
        "We look at our account on working days. "
        "Your booking is made as soon as the money is there."
    ),
    N_(
        "If it does not come in time, the hour is free for others. "
        "Money that comes later comes back."
    ),
)
_DESK_STEPS = (
    N_("Come to the desk, name the reference and pay."),
    N_("Your booking is made at that moment, and you get the confirmation by e-mail."),
    N_("If you do not come in time, the hour is free for others."),
)


class ManualProvider:
    """Bank transfer and desk."""

    key = "manual"
    title = "Bank transfer or desk"
    promise = "You pay by bank transfer or at our desk."
    icon = "landmark"
    currencies: frozenset[str] = frozenset()
    settings: Sequence[SettingField] = FIELDS
    ways: Sequence[Way] = (
        Way(
            TRANSFER,
            "Bank transfer",
            "We hold your hour and show you the account. It is booked when the money is here.",
            "landmark",
            setting="transfer",
            values=_ON,
            days="transfer_days",
            hours_before="transfer_before",
        ),
        Way(
            DESK,
            "At our desk",
            "We hold your hour. It is booked when you have paid at our desk.",
            "building-2",
            setting="desk",
            values=_ON,
            days="desk_days",
            hours_before="desk_before",
        ),
    )

    def start(self, order: PaymentOrder, settings: Mapping[str, str]) -> StartedPayment:
        """Lead to the page with the instructions; nothing is sent, so a repeat is free."""
        if order.amount.minor <= 0:
            raise Refused("there is nothing to pay")
        _place(order.way, settings)
        kept = {"way": order.way, "label": order.label or order.reference[-10:].upper()}
        return StartedPayment(order.instructions_url, kept)

    def instructions(self, question: PaymentQuestion, settings: Mapping[str, str]) -> Instructions:
        """Where to pay, with what reference, and what happens then."""
        way = str(question.provider_data.get("way", ""))
        place = _place(way, settings)
        label = Line(N_("Reference"), str(question.provider_data.get("label", "")), is_code=True)
        lines = (*_lines(place), label)
        steps = _TRANSFER_STEPS if way == TRANSFER else _DESK_STEPS
        return Instructions([line for line in lines if line.value], steps, offer(settings).notes)

    def read_callback(self, call: CallbackRequest, settings: Mapping[str, str]) -> NoReturn:
        """Nobody calls: whoever does is not genuine."""
        raise BadSignature("there is no gateway that could call")

    def acknowledge(self, verdict: Verdict) -> CallbackReply:
        """To a call that cannot be genuine."""
        heard = verdict in {Verdict.RECORDED, Verdict.REPEATED, Verdict.IGNORED}
        return CallbackReply(200 if heard else 403, b"", "text/plain")

    def read_return(self, call: CallbackRequest, settings: Mapping[str, str]) -> Outcome:
        """Nobody comes back from anywhere."""
        raise BadSignature("there is no gateway to come back from")

    def query(self, question: PaymentQuestion, settings: Mapping[str, str]) -> PaymentNews:
        """Nobody can be asked: only a person who looks at the account knows."""
        return PaymentNews(
            reference=question.reference,
            outcome=Outcome.UNKNOWN,
            amount=None,
            event_id=f"{question.reference}:by_hand",
        )

    def close(self, question: PaymentQuestion, settings: Mapping[str, str]) -> None:
        """Nothing to end: a transfer that comes late is written down all the same."""

    def refund(self, order: RefundOrder, settings: Mapping[str, str]) -> RefundNews:
        """Taken on: a person pays it out and writes that down."""
        if order.amount.minor <= 0 or order.amount.minor > order.payment.amount.minor:
            raise Refused("more would go back than came")
        return self.query_refund(order, settings)

    def query_refund(self, order: RefundOrder, settings: Mapping[str, str]) -> RefundNews:
        """As far as a machine knows, a person still has to pay it out."""
        return RefundNews(
            refund_reference=order.refund_reference,
            outcome=RefundOutcome.ACCEPTED,
            event_id=f"{order.refund_reference}:by_hand",
        )

    def test(self, settings: Mapping[str, str]) -> TestOutcome:
        """Check what can be checked without a bank."""
        found = problem(settings)
        return TestOutcome(
            works=not found,
            message=found or N_("The settings are complete. Make a trial transfer to be sure."),
        )


def _place(way: str, settings: Mapping[str, str]) -> Account | Desk:
    found = {TRANSFER: offer(settings).transfer, DESK: offer(settings).desk}.get(way)
    if found is None:
        raise Refused(f"not on offer: {way or 'nothing'}")
    return found


def _lines(place: Account | Desk) -> Sequence[Line]:
    if isinstance(place, Desk):
        return (
            Line(N_("Where the desk is"), place.place),
            Line(N_("When the desk is open"), place.hours),
        )
    return (
        Line(N_("Account holder"), place.holder, is_code=True),
        Line(N_("Account number or IBAN"), place.number, is_code=True),
        Line(N_("Bank"), place.bank),
        Line(N_("BIC or bank code"), place.bic, is_code=True),
    )


@hookimpl
def register_payment_provider() -> PaymentProvider:
    """Offer payments by hand."""
    return ManualProvider()
