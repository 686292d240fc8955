"""VNPay's payment page."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, render_template, request

from cilis.kit import clock
from cilis.testing.standins import notices, vnpay_wire
from cilis.testing.standins.memory import lead_to, seal_page, state
from cilis.testing.standins.notices import Twist
from cilis.testing.standins.state import Account, Conflict, Payment, Sending, State

GATEWAY = "vnpay"
pages = Blueprint("vnpay", __name__, url_prefix="/vnpay")

_CHOICES = {
    "vn": {
        "paid": "Thanh toán thành công",
        "cancelled": "Hủy giao dịch",
        "no_funds": "Tài khoản không đủ số dư",
        "wrong_otp": "Nhập sai OTP",
        "bank_down": "Ngân hàng bảo trì",
        "review": "Trừ tiền, nghi ngờ gian lận",
        "pending": "Chưa có kết quả từ ngân hàng",
    },
    "en": {
        "paid": "Pay",
        "cancelled": "Cancel",
        "no_funds": "Not enough money",
        "wrong_otp": "Wrong one-time password",
        "bank_down": "Bank under maintenance",
        "review": "Debited, fraud suspected",
        "pending": "No result from the bank yet",
    },
}
_REFUSALS = {
    "03": ("Dữ liệu gửi sang không đúng định dạng", "The data are not well formed"),
    "01": ("Giao dịch đã tồn tại", "This transaction is already finished"),
    "15": ("Giao dịch đã quá thời gian chờ thanh toán", "The time for this payment is over"),
    "70": ("Sai chữ ký", "Wrong signature"),
    "72": ("Không tìm thấy website", "Unknown merchant"),
}


@pages.get("/paymentv2/vpcpay.html")
def show() -> Response:
    """The page a client is sent to; ``auto=<outcome>`` in the address pays at once."""
    params = request.args.to_dict()
    locale = "vn" if params.get("vnp_Locale") == "vn" else "en"
    try:
        payment = _open(state(), params)
    except Conflict as refusal:
        texts = _REFUSALS[str(refusal)]
        text = texts[0] if locale == "vn" else texts[1]
        page = render_template("standins/refusal.html", code=str(refusal), text=text)
        return seal_page(page, 400)
    outcome = params.get("auto") or state().auto.get(GATEWAY, "")
    if outcome:
        return _led_back(payment, outcome)
    return seal_page(
        render_template(
            "standins/vnpay.html", payment=payment, locale=locale, choices=_CHOICES[locale]
        )
    )


@pages.post("/pay/<number>")
def choose(number: str) -> Response:
    """What the client does on the page."""
    payment = state().find(lambda p: p.gateway == GATEWAY and p.id == number)
    if payment is None:
        return seal_page(render_template("standins/refusal.html", code="91", text="?"), 404)
    return _led_back(payment, request.form.get("outcome", ""))


def pay(memory: State, payment: Payment, outcome: str) -> str:
    """Let the payer do something; tells the merchant; returns where the browser is led."""
    with memory.lock:
        if outcome not in vnpay_wire.OUTCOMES:
            raise Conflict("03")
        if payment.state not in {"open", "pending"}:
            raise Conflict("01")
        if payment.is_over:
            outcome = "expired"
        payment.state, *codes = vnpay_wire.OUTCOMES[outcome]
        payment.data |= {"codes": codes, "paid_at": clock.now().timestamp()}
    if outcome != "pending":
        early = memory.take_fault(GATEWAY, "before_reply", payment.reference) is not None
        notices.tell(memory, payment, lambda a, t: make_notice(payment, a, t), now=early)
    memory.changed.set()
    account = memory.account(GATEWAY, payment.account)
    if account is None:
        raise Conflict("72")
    address = str(payment.data["return_url"])
    joint = "&" if "?" in address else "?"
    return f"{address}{joint}{vnpay_wire.signed_query(vnpay_wire.told(payment), account)}"


def make_notice(payment: Payment, account: Account, twist: Twist) -> Sending:
    """The server call ("IPN") about a payment."""
    params = vnpay_wire.told(payment)
    signer = account
    if twist.wrong_amount:
        params["vnp_Amount"] = str(payment.amount - 100_000)
    if twist.other_merchant:
        signer = Account(GATEWAY, "OTHERTMN", "another merchant's secret, 32 characters")
        params["vnp_TmnCode"] = signer.key
    if twist.bad_signature:
        signer = Account(GATEWAY, account.key, f"{account.secret}?")
    query = vnpay_wire.signed_query(params, signer)
    url = account.notice_url
    return Sending(
        id=notices.new_id(),
        gateway=GATEWAY,
        reference=payment.reference,
        about=f"payment {payment.state}",
        method="GET",
        url=f"{url}{'&' if '?' in url else '?'}{query}" if url else "",
        headers={},
        body="" if url else query,
    )


def _led_back(payment: Payment, outcome: str) -> Response:
    try:
        target = pay(state(), payment, outcome)
    except Conflict as refusal:
        text = _REFUSALS[str(refusal)][1]
        page = render_template("standins/refusal.html", code=str(refusal), text=text)
        return seal_page(page, 409)
    return lead_to(target)


def _open(memory: State, params: Mapping[str, str]) -> Payment:
    """The payment an address means, made when it is new; raises Conflict."""
    account = memory.account(GATEWAY, params.get("vnp_TmnCode", ""))
    if account is None:
        raise Conflict("72")
    if not vnpay_wire.address_is_genuine(params, account.secret):
        raise Conflict("70")
    with memory.lock:
        known = memory.payment(GATEWAY, account.key, params.get("vnp_TxnRef", ""))
        payment = known or memory.add_payment(_new(memory, params))
    if payment.state not in {"open", "pending"}:
        raise Conflict("01")
    if payment.is_over:
        raise Conflict("15")
    return payment


def _new(memory: State, params: Mapping[str, str]) -> Payment:
    if not _is_well_formed(params):
        raise Conflict("03")
    return Payment(
        id=str(memory.next_number()),
        gateway=GATEWAY,
        account=params["vnp_TmnCode"],
        reference=params["vnp_TxnRef"],
        amount=int(params["vnp_Amount"]),
        currency="VND",
        description=params["vnp_OrderInfo"],
        created_at=vnpay_wire.instant(params["vnp_CreateDate"]).timestamp(),
        expires_at=vnpay_wire.instant(params["vnp_ExpireDate"]).timestamp(),
        data={
            "transaction_date": params["vnp_CreateDate"],
            "return_url": params["vnp_ReturnUrl"],
            "bank_code": params.get("vnp_BankCode", ""),
        },
    )


def _is_well_formed(params: Mapping[str, str]) -> bool:
    """Lengths and letters as VNPay's table has them."""
    try:
        vnpay_wire.instant(params["vnp_CreateDate"])
        vnpay_wire.instant(params["vnp_ExpireDate"])
        text = params["vnp_OrderInfo"]
        return (
            params["vnp_Version"] == "2.1.0"
            and params["vnp_Command"] == "pay"
            and params["vnp_CurrCode"] == "VND"
            and params["vnp_Amount"].isdigit()
            and 0 < len(params["vnp_Amount"]) <= 12
            and params["vnp_TxnRef"].isalnum()
            and len(params["vnp_TxnRef"]) <= 100
            and text.isascii()
            and 0 < len(text) <= 255
            and params["vnp_Locale"] in {"vn", "en"}
            and 7 <= len(params["vnp_IpAddr"]) <= 45
            and 10 <= len(params["vnp_ReturnUrl"]) <= 255
            and "vnp_SecureHashType" not in params
        )
    except (KeyError, ValueError):
        return False
