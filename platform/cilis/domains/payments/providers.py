"""The ways to pay that this organization has switched on, and how to speak to them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from cilis.domains import extensions
from cilis.domains.payments.errors import MethodNotOffered
from cilis.domains.payments.models import Attempt, Refund
from cilis.domains.payments.types import RefundState
from cilis.hooks.failures import Refused, TryLater
from cilis.hooks.manager import plugins
from cilis.hooks.payee_accounts import OpensAccounts
from cilis.hooks.payment_parts import (
    EvidenceField,
    HandledByStaff,
    HandlesDisputes,
    PassesShares,
    TellsFees,
)
from cilis.hooks.payments import (
    OtherRefund,
    PaymentProvider,
    PaymentQuestion,
    RefundOrder,
    RefundOutcome,
)
from cilis.hooks.transfers import TransferProvider
from cilis.kit.money import Money

KIND = "payments"
START_SECONDS = 10.0
READ_SECONDS = 5.0
LIST_SECONDS = 45.0  # within that lease as well
ASK_SECONDS = 12.0  # three in a row must end within the relay's lease of 60 s
_OUTCOMES = {
    RefundState.ACCEPTED: RefundOutcome.ACCEPTED,
    RefundState.DONE: RefundOutcome.DONE,
    RefundState.REFUSED: RefundOutcome.REFUSED,
}
_MOST_EVIDENCE = 16_384


def gateway(session: Session, key: str) -> extensions.Active:
    """One gateway that is switched on; raises extensions.ExtensionOff."""
    return extensions.active_one(session, KIND, key)


def is_by_hand(key: str) -> bool:
    """Whether people do what a gateway does elsewhere; False when it is not installed."""
    return key in plugins.keys(KIND) and isinstance(offer(key), HandledByStaff)


def tells_fees(key: str) -> bool:
    """Whether the company says what it keeps of each payment."""
    return key in plugins.keys(KIND) and isinstance(offer(key), TellsFees)


def passed_on(session: Session, key: str, share: Money | None) -> Money | None:
    """What of a payee's share the company passes on by today's settings; None for nothing.

    Rounded down to what the company can share out; the payee is owed the rest.
    """
    found: object = offer(key) if key in plugins.keys(KIND) else None
    if share is None or not isinstance(found, PassesShares) or not shares_at_once(session, key):
        return None
    step = found.passing.steps.get(share.currency, 1)
    minor = share.minor - share.minor % step
    return Money(minor, share.currency) if minor > 0 else None


def opening(session: Session) -> Sequence[str]:
    """The gateways that are switched on, need payees' accounts and let them be opened, by key."""
    return [active.key for active in extensions.active(session, KIND) if _opens(active)]


def shares_at_once(session: Session, key: str) -> bool:
    """Whether this gateway passes shares on by today's settings."""
    found: object = offer(key) if key in plugins.keys(KIND) else None
    if not isinstance(found, PassesShares):
        return False
    return gateway(session, key).settings.get(found.passing.setting) in found.passing.values


def opens_accounts(key: str) -> bool:
    """Whether payees' accounts at this company are opened, and asked for, from here."""
    return key in plugins.keys(KIND) and isinstance(offer(key), OpensAccounts)


def company(key: str) -> str:
    """The company at which payees have accounts, by its name; otherwise the gateway's key."""
    found: object = offer(key) if key in plugins.keys(KIND) else None
    return found.company if isinstance(found, OpensAccounts) else key


def _opens(active: extensions.Active) -> bool:
    found: object = offer(active.key)
    if not opens_accounts(active.key):
        return False
    uses = ([found.passing] if isinstance(found, PassesShares) else []) + (
        [found.sending] if isinstance(found, TransferProvider) else []
    )
    return any(active.settings.get(one.setting) in one.values for one in uses)


def evidence_fields(key: str) -> Sequence[EvidenceField]:
    """What a bank may be told by this company; nothing where it takes no evidence."""
    found: object = offer(key) if key in plugins.keys(KIND) else None
    return found.evidence if isinstance(found, HandlesDisputes) else ()


def gateway_for(session: Session, key: str, currency: str) -> extensions.Active:
    """One gateway for a new payment in this currency; raises MethodNotOffered."""
    try:
        active = gateway(session, key)
    except extensions.ExtensionOff as problem:
        raise MethodNotOffered(f"{key} is off") from problem
    if not takes(offer(key), currency):
        raise MethodNotOffered(f"{key} does not take {currency}")
    return active


def ask(active: extensions.Active, seconds: float, method: str, what: object) -> Any:
    """Call a provider's method with the organization's settings, within a time limit."""
    return extensions.call(active, seconds, method, what, active.settings)


def question(attempt: Attempt) -> PaymentQuestion:
    """An attempt as a gateway is asked about it."""
    return PaymentQuestion(
        reference=attempt.reference,
        amount=attempt.amount,
        created_at=attempt.created_at,
        provider_data=attempt.provider_data,
    )


def refund_order(attempt: Attempt, refund: Refund, others: Sequence[Refund]) -> RefundOrder:
    """A refund as a gateway is told of it, with what is known of the payment's other ones."""
    return RefundOrder(
        refund_reference=refund.reference,
        payment=question(attempt),
        provider_reference=attempt.provider_reference,
        amount=refund.amount,
        is_full=refund.amount_minor == attempt.amount_minor,
        reason=refund.reason,
        requested_by=refund.asked_by.hex if refund.asked_by else "system",
        requested_at=refund.asked_at,
        times_sent=refund.times_sent,
        share_back=refund.share,
        others=tuple(
            OtherRefund(other.reference, other.amount, _OUTCOMES.get(other.state))
            for other in others
            if other.id != refund.id
        ),
    )


def said(problem: Exception) -> str:
    """What may be kept and logged of a failure: an unexpected one may quote a secret."""
    reason = problem.reason if isinstance(problem, (Refused, TryLater)) else ""
    return f"{type(problem).__name__}: {reason}"[:500].rstrip(": ")


def plain(raw: Mapping[str, Any]) -> dict[str, Any]:
    """What a plugin hands over, as JSON that may be stored; too much of it is cut away."""
    try:
        text = json.dumps(_clean(dict(raw)), default=str, allow_nan=False)
    except (ValueError, RecursionError):
        return {"unreadable": True}
    if len(text) > _MOST_EVIDENCE:
        return {"cut": text[:_MOST_EVIDENCE]}
    found: dict[str, Any] = json.loads(text)
    return found


def _clean(value: Any) -> Any:
    """The value without what PostgreSQL cannot keep: NUL and lone surrogates."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {_clean(str(name)): _clean(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(each) for each in value]
    return value


def offer(key: str) -> PaymentProvider:
    """The provider's object; raises KeyError when it is not installed."""
    found: PaymentProvider = plugins.get(KIND, key)
    return found


def takes(found: PaymentProvider, currency: str) -> bool:
    """Whether the provider takes this currency."""
    return not found.currencies or currency in found.currencies
