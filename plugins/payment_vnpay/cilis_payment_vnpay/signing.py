"""VNPay's two checksums, pure: one for addresses and notices, one for server calls."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from urllib.parse import quote_plus

from cilis.kit import crypto

UNSIGNED = frozenset({"vnp_SecureHash", "vnp_SecureHashType"})

QUERY_REQUEST = (
    "vnp_RequestId", "vnp_Version", "vnp_Command", "vnp_TmnCode", "vnp_TxnRef",
    "vnp_TransactionDate", "vnp_CreateDate", "vnp_IpAddr", "vnp_OrderInfo",
)  # fmt: skip
REFUND_REQUEST = (
    "vnp_RequestId", "vnp_Version", "vnp_Command", "vnp_TmnCode", "vnp_TransactionType",
    "vnp_TxnRef", "vnp_Amount", "vnp_TransactionNo", "vnp_TransactionDate", "vnp_CreateBy",
    "vnp_CreateDate", "vnp_IpAddr", "vnp_OrderInfo",
)  # fmt: skip
REFUND_RESPONSE = (
    "vnp_ResponseId", "vnp_Command", "vnp_ResponseCode", "vnp_Message", "vnp_TmnCode",
    "vnp_TxnRef", "vnp_Amount", "vnp_BankCode", "vnp_PayDate", "vnp_TransactionNo",
    "vnp_TransactionType", "vnp_TransactionStatus", "vnp_OrderInfo",
)  # fmt: skip
QUERY_RESPONSE = (*REFUND_RESPONSE, "vnp_PromotionCode", "vnp_PromotionAmount")


def encode(params: Mapping[str, str]) -> str:
    """The text that is signed and also sent: ``key=value`` sorted by key, form-encoded.

    Empty values and the checksum itself are left out. ``~`` and ``*`` must not occur: Python's
    form encoder and the browser's disagree on them, and so would the two checksums.
    """
    pairs = sorted((key, value) for key, value in params.items() if value and key not in UNSIGNED)
    return "&".join(f"{quote_plus(key)}={quote_plus(value)}" for key, value in pairs)


def sign(params: Mapping[str, str], secret: str) -> str:
    """VNPay's checksum of a payment address or a notice.

    Args:
        params: every ``vnp_*`` parameter. ``vnp_Amount`` is in hundredths of a đồng
            (120 000 ₫ → "12000000").
        secret: the merchant's ``vnp_HashSecret``.

    Returns:
        128 lower-case hex digits: HMAC-SHA512 over `encode`.

    Source: VNPay payment API 2.1.0, "Tạo URL thanh toán" (sandbox.vnpayment.vn/apis/docs).
    """
    return _hmac(encode(params), secret)


def sign_fields(order: Sequence[str], params: Mapping[str, str], secret: str) -> str:
    """VNPay's checksum of a server call or its answer: raw values in a fixed order, ``|`` between.

    A field that is absent counts as empty; nothing is URL-encoded.
    Source: VNPay payment API 2.1.0, "querydr" and "refund".
    """
    return _hmac("|".join(params.get(name, "") for name in order), secret)


def is_genuine(claimed: str, expected: str) -> bool:
    """Compare two checksums in constant time, whatever the case of the foreign one."""
    return crypto.same(claimed.lower(), expected)


def _hmac(message: str, secret: str) -> str:
    return hmac.new(secret.encode(), message.encode(), hashlib.sha512).hexdigest()
