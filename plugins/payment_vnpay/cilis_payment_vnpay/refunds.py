"""VNPay's server calls: ask about a payment, give money back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from cilis.hooks import Refused, TryLater
from cilis.hooks.payments import PaymentQuestion, RefundNews, RefundOrder, RefundOutcome
from cilis.kit import clock, http, ids, text
from cilis_payment_vnpay import messages, signing
from cilis_payment_vnpay.settings import Merchant

SECONDS = 6.0
BUSY = timedelta(minutes=10)
# Until then VNPay's answer may still be about an earlier refund of the same payment.
DOUBT = timedelta(days=1)
CANNOT_BE_TOLD_APART = "cannot_be_told_apart"
NOT_FOUND = "91"
ALREADY_ASKED = "94"
_OURS_TO_MEND = frozenset({"02", "03", "97"})  # terminal code, format, checksum
_FINAL = frozenset({"00", NOT_FOUND, "93", ALREADY_ASKED, "95"})
_TAKEN_ON = frozenset({RefundOutcome.ACCEPTED, RefundOutcome.DONE})
_UNDER_WAY = frozenset({"05", "06"})  # statuses of a payment whose refund was taken on
# VNPay's name for the machine that asks. It does not learn ours: behind a proxy we do not know it.
_OUR_ADDRESS = "127.0.0.1"


def ask(question: PaymentQuestion, merchant: Merchant) -> dict[str, str]:
    """VNPay's checked answer about a payment; ``vnp_ResponseCode`` is one of `_FINAL`.

    Raises:
        TryLater: no answer, one that is not genuine, or a passing trouble.
        Refused: the account's settings are wrong.
    """
    body = {
        "vnp_RequestId": ids.new().hex,
        "vnp_Version": messages.VERSION,
        "vnp_Command": "querydr",
        "vnp_TmnCode": merchant.tmn_code,
        "vnp_TxnRef": question.reference,
        "vnp_TransactionDate": transaction_date(question),
        "vnp_CreateDate": messages.stamp(clock.now()),
        "vnp_IpAddr": _OUR_ADDRESS,
        "vnp_OrderInfo": f"Truy van {question.reference}",
    }
    answer = _call(body, (signing.QUERY_REQUEST, signing.QUERY_RESPONSE), merchant)
    if answer["vnp_ResponseCode"] == ALREADY_ASKED:
        raise TryLater("VNPay takes this for a repeated question")
    return answer


def refund(order: RefundOrder, merchant: Merchant) -> RefundNews:
    """Ask VNPay to give money back; a repeat with the same reference asks nothing new.

    VNPay knows a repeat by ``vnp_RequestId``, for a day; a repeat on a later day looks first.
    Its answers speak of a payment's latest refund. So one refund of a payment is under way at a
    time, each carries its reference in the words VNPay keeps, and where an answer could still be
    about another one, a person is asked instead of paying back twice or never.

    Raises:
        TryLater: no usable answer, or an earlier refund of the payment is under way.
        Refused: the settings are wrong, or nobody can tell whether it was taken on.
    """
    if any(other.outcome is RefundOutcome.ACCEPTED for other in order.others):
        raise TryLater("an earlier refund of this payment is under way", after=BUSY)
    known = _known_before(order, merchant)
    if known is not None:
        return known
    body = {
        "vnp_RequestId": order.refund_reference,
        "vnp_Version": messages.VERSION,
        "vnp_Command": "refund",
        "vnp_TmnCode": merchant.tmn_code,
        "vnp_TransactionType": "02" if order.is_full else "03",
        "vnp_TxnRef": order.payment.reference,
        "vnp_Amount": messages.wire_amount(order.amount),
        "vnp_TransactionNo": order.provider_reference,
        "vnp_TransactionDate": transaction_date(order.payment),
        "vnp_CreateBy": text.ascii_words(order.requested_by, 64) or "support",
        "vnp_CreateDate": messages.stamp(order.requested_at),
        "vnp_IpAddr": _OUR_ADDRESS,
        "vnp_OrderInfo": text.ascii_words(f"{order.refund_reference} {order.reason}", 255),
    }
    answer = _call(body, (signing.REFUND_REQUEST, signing.REFUND_RESPONSE), merchant)
    code = answer["vnp_ResponseCode"]
    if code == ALREADY_ASKED and not order.times_sent:
        # Not ours, which it never heard of: somebody else's, say by VNPay's own portal.
        raise TryLater("VNPay is busy with another refund of this payment", after=BUSY)
    accepted = code in {"00", ALREADY_ASKED}
    return _news(order, RefundOutcome.ACCEPTED if accepted else RefundOutcome.REFUSED, code, answer)


def status(order: RefundOrder, merchant: Merchant) -> RefundNews:
    """What became of a refund: VNPay tells it as the status of the payment."""
    answer = ask(order.payment, merchant)
    found = answer["vnp_ResponseCode"]
    if found == "00":
        about = _is_about(order, answer)
        if about is None:  # the latest refund is ours, once the earlier ones are long over
            about = clock.now() - order.requested_at >= DOUBT
        found = answer.get("vnp_TransactionStatus", "") if about else ""
    outcome = {"06": RefundOutcome.DONE, "09": RefundOutcome.REFUSED}.get(
        found, RefundOutcome.ACCEPTED
    )
    return _news(order, outcome, found, answer)


def _known_before(order: RefundOrder, merchant: Merchant) -> RefundNews | None:
    """What VNPay knows of a refund whose request id it may have forgotten over night."""
    if not order.times_sent or (
        messages.stamp(clock.now())[:8] == messages.stamp(order.requested_at)[:8]
    ):
        return None
    answer = ask(order.payment, merchant)
    found = answer.get("vnp_TransactionStatus", "")
    if answer["vnp_ResponseCode"] != "00" or found not in _UNDER_WAY:
        return None
    about = _is_about(order, answer)
    if about is None:
        raise Refused(CANNOT_BE_TOLD_APART)
    outcome = RefundOutcome.DONE if found == "06" else RefundOutcome.ACCEPTED
    return _news(order, outcome, found, answer) if about else None


def transaction_date(question: PaymentQuestion) -> str:
    """The ``vnp_CreateDate`` of the payment, as it was sent."""
    stored = question.provider_data.get("transaction_date")
    return str(stored or messages.stamp(question.created_at))


def _is_about(order: RefundOrder, answer: Mapping[str, str]) -> bool | None:
    """Whether the answer is about this refund; None when it could be about an earlier one.

    VNPay's table does not say whose words an answer repeats, the payment's or the refund's; so
    both are read: a reference decides, else the amount, else nothing does.
    """
    words = answer.get("vnp_OrderInfo", "")
    if order.refund_reference in words:
        return True
    if any(other.refund_reference in words for other in order.others):
        return False
    told = messages.amount_of(answer.get("vnp_Amount", ""))
    if told not in {order.amount, order.payment.amount}:
        return False
    taken_on = [one for one in order.others if one.outcome in _TAKEN_ON]
    could_be_theirs = any(told in {one.amount, order.payment.amount} for one in taken_on)
    return None if could_be_theirs else True


def _news(
    order: RefundOrder, outcome: RefundOutcome, reason: str, answer: Mapping[str, str]
) -> RefundNews:
    return RefundNews(
        refund_reference=order.refund_reference,
        outcome=outcome,
        event_id=f"{order.refund_reference}:{outcome}",
        provider_reference=answer.get("vnp_TransactionNo", ""),
        reason=reason,
        raw=dict(answer),
    )


def _call(
    body: dict[str, str], orders: tuple[Sequence[str], Sequence[str]], merchant: Merchant
) -> dict[str, str]:
    signed, answered = orders
    sent = {**body, "vnp_SecureHash": signing.sign_fields(signed, body, merchant.hash_secret)}
    answer = _send(sent, merchant)
    code = answer.get("vnp_ResponseCode", "")
    if code in _OURS_TO_MEND:
        raise Refused(f"VNPay does not take our call: {code} {answer.get('vnp_Message', '')}")
    if code not in _FINAL:
        raise TryLater(f"VNPay asks for patience: {code}", after=timedelta(minutes=2))
    expected = signing.sign_fields(answered, answer, merchant.hash_secret)
    if not signing.is_genuine(answer.pop("vnp_SecureHash", ""), expected):
        raise TryLater("an answer in VNPay's name has a wrong checksum")
    if answer.get("vnp_TmnCode", merchant.tmn_code) != merchant.tmn_code or (
        answer.get("vnp_TxnRef", body["vnp_TxnRef"]) != body["vnp_TxnRef"]
    ):
        raise TryLater("VNPay's answer is about something else")
    return answer


def _send(sent: Mapping[str, str], merchant: Merchant) -> dict[str, str]:
    try:
        answer = http.request("POST", merchant.api_url, json_body=sent, seconds=SECONDS)
        content = answer.json()
    except http.AddressRefused as problem:
        raise Refused(str(problem)) from problem
    except http.HttpFailed as problem:
        raise TryLater(f"VNPay does not answer: {problem}") from problem
    if answer.status != 200 or not isinstance(content, dict):
        raise TryLater(f"VNPay answered with status {answer.status}")
    return {str(key): "" if value is None else str(value) for key, value in content.items()}


def probe(merchant: Merchant, at: datetime) -> str:
    """Ask about a payment that never was; returns VNPay's code (91 when all is well)."""
    question = PaymentQuestion(ids.new().hex, messages.amount_of("100"), at, {})
    return ask(question, merchant)["vnp_ResponseCode"]
