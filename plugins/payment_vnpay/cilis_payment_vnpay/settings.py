"""What a tenant fills in, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cilis.hooks import Refused, SettingField, SettingKind
from cilis.kit import http

# VNPay names the production addresses in the merchant's contract; these are the ones in use.
# They are a list here and not free text, so that nobody can send clients to a look-alike.
HOSTS: Mapping[str, tuple[str, str]] = {
    "sandbox": (
        "https://sandbox.vnpayment.vn/paymentv2/vpcpay.html",
        "https://sandbox.vnpayment.vn/merchant_webapi/api/transaction",
    ),
    "production": (
        "https://pay.vnpay.vn/vpcpay.html",
        "https://merchant.vnpay.vn/merchant_webapi/api/transaction",
    ),
}
BANK_CODES = ("VNPAYQR", "VNBANK", "INTCARD")  # vnp_BankCode; "" lets clients choose at VNPay
HERE = "HERE"  # clients choose one of them at the checkout

FIELDS = (
    SettingField(
        "tmn_code", "Terminal code (vnp_TmnCode)",
        help="Eight letters and digits. Stands in VNPay's letter of activation.",
    ),
    SettingField(
        "hash_secret", "Secret (vnp_HashSecret)", SettingKind.SECRET,
        help="Stands in the same letter. It signs what is sent and proves what comes back.",
    ),
    SettingField(
        "environment", "Environment", SettingKind.CHOICE, default="sandbox",
        choices=(("sandbox", "Sandbox (no real money)"), ("production", "Production")),
        help="Code and secret of one do not work in the other.",
    ),
    SettingField(
        "bank_code", "Way to pay", SettingKind.CHOICE, required=False,
        help="Where clients choose between QR code, Vietnamese bank and international card.",
        choices=(
            ("", "Clients choose on VNPay's page"), (HERE, "Clients choose at the checkout"),
            ("VNPAYQR", "QR code only"), ("VNBANK", "Vietnamese bank cards and accounts only"),
            ("INTCARD", "International cards only"),
        ),
    ),
    SettingField(
        "gateway_url", "Payment page of a stand-in", SettingKind.URL, required=False,
        help="For trials on this machine only. Leave empty.",
    ),
    SettingField(
        "api_url", "Server address of a stand-in", SettingKind.URL, required=False,
        help="For trials on this machine only. Leave empty.",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Merchant:
    """One tenant's account at VNPay."""

    tmn_code: str
    hash_secret: str = field(repr=False)
    pay_url: str
    api_url: str
    bank_code: str  # one of `BANK_CODES`, "" or `HERE`

    def bank_code_of(self, way: str) -> str:
        """The vnp_BankCode of a payment, "" for none; raises Refused for a way not on offer."""
        if not way:
            return "" if self.bank_code == HERE else self.bank_code
        if self.bank_code != HERE or way not in BANK_CODES:
            raise Refused(f"not on offer: {way}")
        return way


def merchant(settings: Mapping[str, str]) -> Merchant:
    """The tenant's account; raises Refused when the settings cannot be used."""
    tmn_code = settings.get("tmn_code", "").strip()
    secret = settings.get("hash_secret", "").strip()
    if not tmn_code or not secret:
        raise Refused("terminal code or secret is missing")
    environment = settings.get("environment") or "sandbox"
    if environment not in HOSTS:
        raise Refused(f"no such environment: {environment}")
    bank_code = settings.get("bank_code", "")
    if bank_code not in {"", HERE, *BANK_CODES}:
        raise Refused(f"no such way to pay: {bank_code}")
    pay_url, api_url = HOSTS[environment]
    return Merchant(
        tmn_code=tmn_code,
        hash_secret=secret,
        pay_url=_stand_in(settings.get("gateway_url", "")) or pay_url,
        api_url=_stand_in(settings.get("api_url", "")) or api_url,
        bank_code=bank_code,
    )


def _stand_in(url: str) -> str:
    """An override, honoured only for this machine: elsewhere it could only be a fraud."""
    if url and not http.is_loopback(url):
        raise Refused("the address of a stand-in must lie on this machine")
    return url
