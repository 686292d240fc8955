"""VNPay's side of the wire, written apart from the plugin, so that each proves the other."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from urllib.parse import quote_plus

from cilis.testing.standins.state import Account, Payment, at

GMT7 = timezone(timedelta(hours=7))

# What the payer does -> state of the payment, vnp_ResponseCode, vnp_TransactionStatus
OUTCOMES = {
    "paid": ("paid", "00", "00"),
    "cancelled": ("failed", "24", "02"),
    "no_funds": ("failed", "51", "02"),
    "wrong_otp": ("failed", "13", "02"),
    "bank_down": ("failed", "75", "02"),
    "review": ("review", "07", "07"),
    "expired": ("expired", "11", "02"),
    "pending": ("pending", "00", "01"),
}
QUERY = "RequestId|Version|Command|TmnCode|TxnRef|TransactionDate|CreateDate|IpAddr|OrderInfo"
REFUND = (
    "RequestId|Version|Command|TmnCode|TransactionType|TxnRef|Amount|TransactionNo|"
    "TransactionDate|CreateBy|CreateDate|IpAddr|OrderInfo"
)
REFUNDED = (
    "ResponseId|Command|ResponseCode|Message|TmnCode|TxnRef|Amount|BankCode|PayDate|"
    "TransactionNo|TransactionType|TransactionStatus|OrderInfo"
)
QUERIED = f"{REFUNDED}|PromotionCode|PromotionAmount"


def seal(secret: str, text: str) -> str:
    """HMAC-SHA512 in hex."""
    return hmac.new(secret.encode(), text.encode(), hashlib.sha512).hexdigest()


def address_text(params: Mapping[str, str]) -> str:
    """What is signed of an address."""
    return "&".join(
        f"{quote_plus(key)}={quote_plus(params[key])}"
        for key in sorted(params)
        if key.startswith("vnp_") and not key.startswith("vnp_SecureHash") and params[key]
    )


def address_is_genuine(params: Mapping[str, str], secret: str) -> bool:
    """Whether an address was signed with the merchant's secret."""
    claimed = params.get("vnp_SecureHash", "")
    return hmac.compare_digest(claimed.encode(), seal(secret, address_text(params)).encode())


def fields_text(order: str, content: Mapping[str, str]) -> str:
    """What is signed of a server call."""
    return "|".join(content.get(f"vnp_{name}", "") for name in order.split("|"))


def stamp(instant: datetime) -> str:
    """Fourteen digits, seven hours east of Greenwich."""
    return instant.astimezone(GMT7).strftime("%Y%m%d%H%M%S")


def instant(digits: str) -> datetime:
    """The time that fourteen digits mean; raises ValueError."""
    return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=GMT7)


def told(payment: Payment) -> dict[str, str]:
    """What a notice and the return address say of a payment, without the checksum."""
    code, status = payment.data.get("codes", ("99", "01"))
    is_paid = payment.state in {"paid", "review"}
    return {
        "vnp_Amount": str(payment.amount),
        "vnp_BankCode": str(payment.data.get("bank_code") or "NCB"),
        "vnp_BankTranNo": f"VNP{payment.id}" if is_paid else "",
        "vnp_CardType": "ATM",
        "vnp_OrderInfo": payment.description,
        "vnp_PayDate": stamp(at(payment.data.get("paid_at", payment.created_at))),
        "vnp_ResponseCode": code,
        "vnp_TmnCode": payment.account,
        "vnp_TransactionNo": payment.id if is_paid or payment.state == "pending" else "0",
        "vnp_TransactionStatus": status,
        "vnp_TxnRef": payment.reference,
    }


def signed_query(params: Mapping[str, str], account: Account) -> str:
    """Parameters with their checksum, as the end of an address."""
    text = address_text(params)
    return f"{text}&vnp_SecureHash={seal(account.secret, text)}"
