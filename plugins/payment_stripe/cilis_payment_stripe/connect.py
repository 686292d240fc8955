"""Stripe Connect: whose account is charged, and who gets which share. Pure.

Direct charges: the tenant is the connected account that is charged, the platform keeps a fee.
Destination charges: the tenant is charged and passes the expert's share on. Source: Stripe,
"Create charges" (docs.stripe.com/connect/charges).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NotRequired, TypedDict

from cilis.hooks import Refused
from cilis.hooks.payment_parts import Passing
from cilis.hooks.payments import PaymentOrder, Share
from cilis.kit.money import Money
from cilis_payment_stripe.amounts import STEPS, wire_amount, wire_share
from cilis_payment_stripe.settings import DESTINATION, DIRECT, Account, is_account

PASSING = Passing("charges", frozenset({DESTINATION}), STEPS)
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

    An order's share is passed on by the order alone: the settings may have been others when it
    was made. Without one all of it stays with the tenant, who pays out later.
    """
    if order.share is not None:
        if account.connected:
            raise Refused("a connected account cannot pass shares on")
        return _to_destination(order.amount, order.share)
    if account.charges == DIRECT and account.platform_fee:
        kept = order.amount.minor * account.platform_fee // _PARTS
        fee = wire_share(Money(kept, order.amount.currency))
        return {"application_fee_amount": fee} if fee else {}
    return {}


def back_from(intent: Mapping[str, object], *, of_share: bool) -> SharesBack:
    """How a refund of this PaymentIntent takes the shares back.

    From the payee only where the order says so (``of_share``); a platform's own fee always, so
    that nobody pays for money that went back.
    """
    if intent.get("transfer_data"):
        if not of_share:
            return {}
        return {"reverse_transfer": True, "refund_application_fee": True}
    return {"refund_application_fee": True} if intent.get("application_fee_amount") else {}


def _to_destination(amount: Money, share: Share) -> Shares:
    """All of it goes to the payee, who gives the rest back as fee: what is left is the share."""
    if not is_account(share.account):
        raise Refused("the expert's account does not begin with acct_")
    fits = share.amount.currency == amount.currency and 0 < share.amount.minor <= amount.minor
    if not fits:
        raise Refused("the share does not fit the price")
    kept = amount - share.amount
    transfer: Shares = {"transfer_data": {"destination": share.account}}
    if not kept.is_zero:
        transfer["application_fee_amount"] = wire_amount(kept)
    return transfer
