"""Stripe Connect: whose account is charged, and who gets which share. Pure.

Direct charges: the tenant is the connected account that is charged, the platform keeps a fee.
Destination charges: the tenant is charged and passes the expert's share on. Source: Stripe,
"Create charges" (docs.stripe.com/connect/charges).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NotRequired, TypedDict

from cilis.hooks import Refused
from cilis.hooks.payments import PaymentOrder
from cilis.kit.money import Money
from cilis_payment_stripe.amounts import wire_share
from cilis_payment_stripe.settings import DESTINATION, DIRECT, Account, is_account

_PARTS = 10_000


class Transfer(TypedDict):
    """To whom a share goes."""

    destination: str


class Shares(TypedDict):
    """The part of a PaymentIntent that shares it out."""

    application_fee_amount: NotRequired[int]
    transfer_data: NotRequired[Transfer]


class SharesBack(TypedDict):
    """The part of a refund that takes the shares back."""

    reverse_transfer: NotRequired[bool]
    refund_application_fee: NotRequired[bool]


def shares(order: PaymentOrder, account: Account) -> Shares:
    """What a PaymentIntent is told of fees and transfers; empty for the tenant's own account.

    An expert without an account, or whose fee is not known, gets nothing from here: then all of
    it stays with the tenant, who pays out later.
    """
    if account.charges == DIRECT and account.platform_fee:
        kept = order.amount.minor * account.platform_fee // _PARTS
        fee = wire_share(Money(kept, order.amount.currency))
        return {"application_fee_amount": fee} if fee else {}
    if account.charges == DESTINATION and order.payee_account and order.fee is not None:
        return _to_destination(order, order.fee)
    return {}


def destination(order: PaymentOrder, account: Account) -> str:
    """Which account gets a share of this payment; "" for none."""
    found = shares(order, account)
    return found["transfer_data"]["destination"] if "transfer_data" in found else ""


def back_from(has_transfer: bool, has_fee: bool) -> SharesBack:
    """How a refund takes the shares back, so that nobody pays for money that went back."""
    back: SharesBack = {}
    if has_transfer:
        back["reverse_transfer"] = True
    if has_transfer or has_fee:
        back["refund_application_fee"] = True
    return back


def parts_of(intent: Mapping[str, object]) -> tuple[bool, bool]:
    """Whether a PaymentIntent passed a share on, and whether a fee was kept of it."""
    return bool(intent.get("transfer_data")), bool(intent.get("application_fee_amount"))


def _to_destination(order: PaymentOrder, fee: Money) -> Shares:
    if not is_account(order.payee_account):
        raise Refused("the expert's account does not begin with acct_")
    if fee.currency != order.amount.currency or not 0 <= fee.minor <= order.amount.minor:
        raise Refused("the fee does not fit the price")
    transfer: Shares = {"transfer_data": {"destination": order.payee_account}}
    kept = wire_share(fee)
    if kept:
        transfer["application_fee_amount"] = kept
    return transfer
