"""VNPay's server calls: querydr and refund."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, request

from cilis.kit import clock, ids
from cilis.testing.standins import troubles, vnpay_wire
from cilis.testing.standins.memory import state
from cilis.testing.standins.state import Account, Payment, Refund, State, at
from cilis.testing.standins.vnpay import GATEWAY

api = Blueprint("vnpay_api", __name__, url_prefix="/vnpay")

_SAID = {
    "00": "Success",
    "02": "Invalid TmnCode",
    "03": "Invalid data format",
    "91": "Transaction not found",
    "93": "Invalid amount",
    "94": "Duplicate request",
    "95": "Original transaction not successful",
    "97": "Invalid checksum",
}
_STATUS = {"open": "01", "pending": "01", "paid": "00", "review": "07", "failed": "02"}
_REFUND_STATUS = {"accepted": "05", "done": "06", "refused": "09"}


@api.post("/merchant_webapi/api/transaction")
def transaction() -> Response:
    """One call for both commands."""
    memory = state()
    spoilt = troubles.before_work(memory, GATEWAY)
    if spoilt is not None:
        return spoilt
    content = request.get_json(silent=True)
    with memory.lock:
        answer = _answer(memory, content if isinstance(content, dict) else {})
    memory.changed.set()
    return troubles.after_work(memory, GATEWAY, jsonify(answer))


def _answer(memory: State, raw: Mapping[str, Any]) -> dict[str, str]:
    content = {key: str(value) for key, value in raw.items()}
    command = content.get("vnp_Command", "")
    order = {"querydr": vnpay_wire.QUERY, "refund": vnpay_wire.REFUND}.get(command)
    account = memory.account(GATEWAY, content.get("vnp_TmnCode", ""))
    if account is None:
        return _plain(command, "02")
    if order is None or not 0 < len(content.get("vnp_RequestId", "")) <= 32:
        return _plain(command, "03")
    text = vnpay_wire.fields_text(order, content)
    if content.get("vnp_SecureHash") != vnpay_wire.seal(account.secret, text):
        return _plain(command, "97")
    payment = memory.payment(GATEWAY, account.key, content.get("vnp_TxnRef", ""))
    if payment is None or payment.data["transaction_date"] != content["vnp_TransactionDate"]:
        return _sealed(memory, account, content, {"vnp_ResponseCode": "91"})
    if command == "refund":
        code = _refund(memory, payment, content)
        told = _told(memory, payment) if code == "00" else {}
        return _sealed(memory, account, content, {**told, "vnp_ResponseCode": code})
    return _sealed(memory, account, content, {**_told(memory, payment), "vnp_ResponseCode": "00"})


def _refund(memory: State, payment: Payment, content: Mapping[str, str]) -> str:
    day = vnpay_wire.stamp(clock.now())[:8]
    amount = int(content["vnp_Amount"]) if content["vnp_Amount"].isdigit() else 0
    known = [r for r in payment.refunds if (r.reference, r.day) == (content["vnp_RequestId"], day)]
    if known:
        return "94"
    if payment.state != "paid":
        return "95"
    is_full = content["vnp_TransactionType"] == "02"
    if is_full and payment.refunded:
        return "94"
    if any(refund.state == "accepted" for refund in payment.refunds):
        return "94"  # "the earlier request is being processed"
    if not 0 < amount <= payment.amount - payment.refunded or (
        is_full and amount != payment.amount
    ):
        return "93"
    refused = memory.take_fault(GATEWAY, "refund_refused", payment.reference) is not None
    payment.refunds.append(
        Refund(
            id=str(memory.next_number()),
            reference=content["vnp_RequestId"],
            amount=amount,
            state="refused" if refused else "accepted",
            day=day,
            words=content["vnp_OrderInfo"],
        )
    )
    return "00"


def _told(memory: State, payment: Payment) -> dict[str, str]:
    """What is said of a payment; its latest refund speaks when there is one."""
    said = vnpay_wire.told(payment)
    status = "02" if payment.is_over else _STATUS.get(payment.state, "02")
    kind, amount, words = "01", payment.amount, payment.description
    if payment.refunds:
        latest = payment.refunds[-1]
        status, amount = _REFUND_STATUS[latest.state], latest.amount
        unnamed = memory.take_fault(GATEWAY, "refund_unnamed", payment.reference) is not None
        words = words if unnamed else latest.words
        kind = "02" if amount == payment.amount else "03"
    return {
        "vnp_TmnCode": payment.account,
        "vnp_TxnRef": payment.reference,
        "vnp_Amount": str(amount),
        "vnp_OrderInfo": words,
        "vnp_BankCode": said["vnp_BankCode"],
        "vnp_PayDate": vnpay_wire.stamp(at(payment.data.get("paid_at", payment.created_at))),
        "vnp_TransactionNo": payment.id,
        "vnp_TransactionType": kind,
        "vnp_TransactionStatus": status,
    }


def _sealed(
    memory: State, account: Account, content: Mapping[str, str], said: dict[str, str]
) -> dict[str, str]:
    """An answer with its checksum; a refund under way is done by the next question."""
    command = content["vnp_Command"]
    answer = {**_plain(command, said["vnp_ResponseCode"]), **said}
    answer.setdefault("vnp_TmnCode", account.key)
    answer.setdefault("vnp_TxnRef", content["vnp_TxnRef"])
    order = vnpay_wire.QUERIED if command == "querydr" else vnpay_wire.REFUNDED
    spoilt = memory.take_fault(GATEWAY, "bad_reply") is not None
    secret = f"{account.secret}?" if spoilt else account.secret
    answer["vnp_SecureHash"] = vnpay_wire.seal(secret, vnpay_wire.fields_text(order, answer))
    if command == "querydr":
        _move_refunds(memory, content["vnp_TxnRef"], account)
    return answer


def _move_refunds(memory: State, reference: str, account: Account) -> None:
    payment = memory.payment(GATEWAY, account.key, reference)
    if payment is None or memory.take_fault(GATEWAY, "refund_stuck", reference) is not None:
        return
    for refund in payment.refunds:
        if refund.state == "accepted":
            refund.state = "done"


def _plain(command: str, code: str) -> dict[str, str]:
    """An answer without a checksum: VNPay does not know whose secret to take."""
    return {
        "vnp_ResponseId": ids.new().hex,
        "vnp_Command": command,
        "vnp_ResponseCode": code,
        "vnp_Message": _SAID[code],
    }
