"""Orders into ``vnp_*`` parameters, and VNPay's words back into ours. Pure."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from cilis.hooks import Refused
from cilis.hooks.payments import CallbackReply, Outcome, PaymentNews, PaymentOrder, Verdict
from cilis.kit import text
from cilis.kit.money import Money
from cilis_payment_vnpay.settings import Merchant

VERSION = "2.1.0"
CURRENCY = "VND"
MOST = 9_999_999_999  # vnp_Amount holds 12 digits, two of them for hundredths of a đồng
# "GMT+7" in VNPay's pages. Not Etc/GMT+7, which is seven hours west of Greenwich.
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")

_REPLIES: Mapping[Verdict, tuple[str, str]] = {
    Verdict.RECORDED: ("00", "Confirm Success"),
    Verdict.IGNORED: ("00", "Confirm Success"),
    Verdict.REPEATED: ("02", "Order already confirmed"),
    Verdict.UNKNOWN_REFERENCE: ("01", "Order not found"),
    Verdict.WRONG_AMOUNT: ("04", "Invalid amount"),
    Verdict.FORGED: ("97", "Invalid signature"),
    Verdict.FAULT: ("99", "Unknown error"),
}
_BY_STATUS: Mapping[str, Outcome] = {
    "00": Outcome.PAID,
    "01": Outcome.PENDING,
    "02": Outcome.FAILED,
    "04": Outcome.REVIEW,  # debited at the bank, not successful at VNPay
    "05": Outcome.PAID,  # a refund is being processed: so there was money
    "06": Outcome.PAID,
    "07": Outcome.REVIEW,
    "08": Outcome.EXPIRED,
    "09": Outcome.PAID,  # a refund was rejected
    "10": Outcome.PAID,
    "11": Outcome.FAILED,
    "20": Outcome.PAID,
}
ABOUT_REFUND = frozenset({"05", "06", "09"})


def stamp(instant: datetime) -> str:
    """Fourteen digits in Vietnam's time: "20260115093000"."""
    return instant.astimezone(ZONE).strftime("%Y%m%d%H%M%S")


def wire_amount(amount: Money) -> str:
    """An amount in hundredths of a đồng; raises Refused for other currencies and sizes."""
    if amount.currency != CURRENCY or not 0 < amount.minor <= MOST:
        raise Refused(f"VNPay cannot take {amount.minor} {amount.currency}")
    return str(amount.minor * 100)


def amount_of(wire: str) -> Money:
    """An amount from the wire; what is no whole number of đồng equals no order: zero."""
    whole = wire.isascii() and wire.isdigit() and len(wire) <= 12 and wire.endswith("00")
    return Money(int(wire) // 100 if whole else 0, CURRENCY)


def order_params(order: PaymentOrder, merchant: Merchant) -> dict[str, str]:
    """The parameters of the payment page's address, without the checksum."""
    if not re.fullmatch(r"[A-Za-z0-9]{1,100}", order.reference):
        raise Refused("VNPay takes letters and digits only in a reference")
    if re.search(r"[~*]", order.return_url):
        raise Refused("the return address must not hold ~ or *: encoders disagree on them")
    return {
        "vnp_Version": VERSION,
        "vnp_Command": "pay",
        "vnp_TmnCode": merchant.tmn_code,
        "vnp_Amount": wire_amount(order.amount),
        "vnp_CurrCode": CURRENCY,
        "vnp_TxnRef": order.reference,
        "vnp_OrderInfo": text.ascii_words(order.description, 255) or order.reference,
        "vnp_OrderType": "other",
        "vnp_Locale": "vn" if order.language == "vi" else "en",
        "vnp_ReturnUrl": order.return_url,
        "vnp_IpAddr": _address(order.client_ip),
        "vnp_CreateDate": stamp(order.created_at),
        "vnp_ExpireDate": stamp(order.expires_at),
        "vnp_BankCode": merchant.bank_code_of(order.way),
    }


def outcome_of_notice(params: Mapping[str, str]) -> Outcome:
    """What a notice or a return says: paid only if both of VNPay's codes say so."""
    code = params.get("vnp_ResponseCode", "")
    status = params.get("vnp_TransactionStatus", "")
    if code == "07" or status in {"04", "07"}:
        return Outcome.REVIEW
    if code == "00":
        # Half a yes is no yes: the gateway is asked again before anything is decided.
        return Outcome.PAID if status == "00" else _BY_STATUS.get(status, Outcome.PENDING)
    return Outcome.EXPIRED if code == "11" else Outcome.FAILED


def news_of_notice(params: Mapping[str, str]) -> PaymentNews:
    """What a genuine notice says of a payment."""
    reference = params.get("vnp_TxnRef", "")
    number = _number(params)
    code = params.get("vnp_ResponseCode", "")
    facts = (number, code, params.get("vnp_TransactionStatus", ""), params.get("vnp_Amount", ""))
    return PaymentNews(
        reference=reference,
        outcome=outcome_of_notice(params),
        amount=amount_of(params.get("vnp_Amount", "")),
        event_id=":".join((reference, *facts)),
        provider_reference=number,
        reason=code,
        raw=dict(params),
    )


def news_of_answer(reference: str, answer: Mapping[str, str]) -> PaymentNews:
    """What a genuine answer to a question says of a payment."""
    status = answer.get("vnp_TransactionStatus", "")
    number = _number(answer)
    wire = answer.get("vnp_Amount", "")
    return PaymentNews(
        reference=reference,
        outcome=_BY_STATUS.get(status, Outcome.PENDING),
        # While a refund is the latest thing, the amount may be the refund's.
        amount=None if status in ABOUT_REFUND else amount_of(wire),
        event_id=f"{reference}:{number}:asked:{status}:{wire}",
        provider_reference=number,
        reason=status,
        raw=dict(answer),
    )


def reply(verdict: Verdict) -> CallbackReply:
    """VNPay's own answer; it repeats the notice on every code but 00 and 02."""
    code, message = _REPLIES[verdict]
    return CallbackReply(200, json.dumps({"RspCode": code, "Message": message}).encode())


def _number(params: Mapping[str, str]) -> str:
    """VNPay's own number of the payment; "0" stands for none."""
    number = params.get("vnp_TransactionNo", "")
    return "" if number == "0" else number


def _address(client_ip: str) -> str:
    """The client's address in 7 to 45 characters."""
    try:
        address = ipaddress.ip_address(client_ip)
    except ValueError:
        return "127.0.0.1"
    return str(address) if len(str(address)) >= 7 else address.exploded
