"""VNPay's place in the house: one redirect out, one signed call back, two server calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cilis.hooks import Refused, SettingField, TestOutcome, TryLater, hookimpl
from cilis.hooks.payment_parts import Way
from cilis.hooks.payments import (
    BadSignature,
    CallbackReply,
    CallbackRequest,
    Ignored,
    Outcome,
    PaymentNews,
    PaymentOrder,
    PaymentProvider,
    PaymentQuestion,
    RefundNews,
    RefundOrder,
    Settled,
    StartedPayment,
    Verdict,
)
from cilis.kit import clock
from cilis_payment_vnpay import messages, refunds, settlement, signing
from cilis_payment_vnpay.settings import BANK_CODES, FIELDS, HERE, Merchant, merchant


class VnpayProvider:
    """VNPay by its payment API 2.1.0."""

    key = "vnpay"
    title = "VNPay"
    promise = "You pay on VNPay's page with a bank app, a QR code or a card, and come back here."
    icon = "qr-code"
    currencies = frozenset({messages.CURRENCY})
    settings: Sequence[SettingField] = FIELDS
    ways: Sequence[Way] = (
        Way(
            "",
            "VNPay",
            "You pay on VNPay's page with a bank app, a QR code or a card, and come back here.",
            "qr-code",
            setting="bank_code",
            values=frozenset({"", *BANK_CODES}),
        ),
        Way(
            "VNPAYQR",
            "QR code (VNPay)",
            "You scan a QR code with your bank's app on VNPay's page and come back here.",
            "qr-code",
            setting="bank_code",
            values=frozenset({HERE}),
        ),
        Way(
            "VNBANK",
            "Vietnamese bank (VNPay)",
            "You pay with a Vietnamese bank card or account on VNPay's page and come back here.",
            "landmark",
            setting="bank_code",
            values=frozenset({HERE}),
        ),
        Way(
            "INTCARD",
            "International card (VNPay)",
            "You pay with an international card on VNPay's page and come back here.",
            "credit-card",
            setting="bank_code",
            values=frozenset({HERE}),
        ),
    )

    def start(self, order: PaymentOrder, settings: Mapping[str, str]) -> StartedPayment:
        """Build the payment page's address. Nothing is sent from here, so a repeat is free."""
        account = merchant(settings)
        params = messages.order_params(order, account)
        checksum = signing.sign(params, account.hash_secret)
        return StartedPayment(
            url=f"{account.pay_url}?{signing.encode(params)}&vnp_SecureHash={checksum}",
            provider_data={"transaction_date": params["vnp_CreateDate"]},
        )

    def read_callback(
        self, call: CallbackRequest, settings: Mapping[str, str]
    ) -> PaymentNews | RefundNews | Ignored:
        """Verify a notice (VNPay's "IPN") and say what it tells; raises BadSignature."""
        return messages.news_of_notice(_genuine(call, merchant(settings)))

    def acknowledge(self, verdict: Verdict) -> CallbackReply:
        """Status 200 and one of VNPay's codes."""
        return messages.reply(verdict)

    def read_return(self, call: CallbackRequest, settings: Mapping[str, str]) -> Outcome:
        """What the browser brings back, verified like a notice and only shown."""
        return messages.outcome_of_notice(_genuine(call, merchant(settings)))

    def query(self, question: PaymentQuestion, settings: Mapping[str, str]) -> PaymentNews:
        """Ask VNPay (``querydr``)."""
        answer = refunds.ask(question, merchant(settings))
        if answer["vnp_ResponseCode"] == "00":
            return messages.news_of_answer(question.reference, answer)
        return PaymentNews(
            reference=question.reference,
            outcome=Outcome.UNKNOWN,
            amount=None,
            event_id=f"{question.reference}:unknown",
            reason=answer["vnp_ResponseCode"],
            raw=answer,
        )

    def close(self, question: PaymentQuestion, settings: Mapping[str, str]) -> None:
        """Nothing to do: VNPay ends a payment itself at the ``vnp_ExpireDate`` it was given."""

    def refund(self, order: RefundOrder, settings: Mapping[str, str]) -> RefundNews:
        """Ask VNPay to give money back; accepted is not done."""
        return refunds.refund(order, merchant(settings))

    def query_refund(self, order: RefundOrder, settings: Mapping[str, str]) -> RefundNews:
        """Ask VNPay what became of it."""
        return refunds.status(order, merchant(settings))

    def read_settlement(self, file: bytes, settings: Mapping[str, str]) -> Sequence[Settled]:
        """What VNPay's exported list of a day tells."""
        del settings
        return settlement.read(file)

    def test(self, settings: Mapping[str, str]) -> TestOutcome:
        """Ask about a payment that never was: a signed "not found" proves code and secret."""
        try:
            refunds.probe(merchant(settings), clock.now())
        except Refused:
            return TestOutcome(
                works=False,
                message="VNPay does not accept the terminal code or the secret. Compare both.",
            )
        except TryLater:
            return TestOutcome(
                works=False,
                message="VNPay gave no usable answer. Compare the secret, then try again later.",
            )
        return TestOutcome(
            works=True, message="VNPay answers and accepts the terminal code and the secret."
        )


def _genuine(call: CallbackRequest, account: Merchant) -> dict[str, str]:
    """The call's ``vnp_*`` parameters without the checksum; raises BadSignature.

    Other parameters are not VNPay's: a proxy or a shop may have added them. A checksum that fits
    with another terminal code belongs to somebody else who knows our secret.
    """
    params = {key: value for key, value in call.query.items() if key.startswith("vnp_")}
    expected = signing.sign(params, account.hash_secret)
    if not signing.is_genuine(params.get("vnp_SecureHash", ""), expected):
        raise BadSignature("the checksum does not fit")
    if params.get("vnp_TmnCode") != account.tmn_code:
        raise BadSignature("the notice is another merchant's")
    return {key: value for key, value in params.items() if key not in signing.UNSIGNED}


@hookimpl
def register_payment_provider() -> PaymentProvider:
    """Offer VNPay."""
    return VnpayProvider()
