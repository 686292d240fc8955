"""Take money: one provider for each payment company.

A provider is stateless: settings and values come in, values go out. It holds no database, no
request and no session; the core keeps the state, the retries and the decision.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from cilis.hooks.failures import PluginError
from cilis.hooks.markers import hookspec
from cilis.hooks.payee_accounts import AccountNews
from cilis.hooks.settings import SettingField, TestOutcome
from cilis.kit.money import Money


class BadSignature(PluginError):
    """A call that claims to come from the gateway does not."""


class Outcome(StrEnum):
    """What the gateway says of a payment."""

    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"
    REVIEW = "review"  # debited, but suspected of fraud: a person decides
    UNKNOWN = "unknown"  # the gateway knows no such payment


class RefundOutcome(StrEnum):
    """What the gateway says of a refund."""

    ACCEPTED = "accepted"  # taken on, not yet done
    DONE = "done"
    REFUSED = "refused"


class DisputeOutcome(StrEnum):
    """What the gateway says of a payment that the client's bank takes back."""

    INQUIRY = "inquiry"  # the bank only asks; no money has moved
    OPEN = "open"  # the money is gone for now; evidence is awaited
    UNDER_REVIEW = "under_review"  # evidence was sent, the bank decides
    WON = "won"  # the money came back
    LOST = "lost"
    CLOSED = "closed"  # an inquiry ended, no money moved


class Verdict(StrEnum):
    """What the core made of a notice; the provider turns it into the gateway's own answer."""

    RECORDED = "recorded"
    REPEATED = "repeated"
    UNKNOWN_REFERENCE = "unknown_reference"
    WRONG_AMOUNT = "wrong_amount"
    FORGED = "forged"
    IGNORED = "ignored"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Share:
    """What of a payment the company passes on to who earns it; the rest stays with the tenant."""

    account: str  # the payee's, by the company's own name for it
    amount: Money  # more than nothing, at most what is paid


@dataclass(frozen=True, slots=True)
class PaymentOrder:
    """What a provider must know to ask the client for money."""

    reference: str  # the attempt's id as 32 hex digits: unique for ever, comes back in notices
    amount: Money
    description: str  # for the client, at most 255 characters, any script
    return_url: str  # where the client's browser comes back; it decides nothing
    client_ip: str
    language: str  # "vi", "en", "de"
    created_at: datetime  # UTC
    expires_at: datetime  # UTC; the gateway must not take money after it
    payer_email: str = ""
    way: str = ""  # which of the provider's ways (`payment_parts.Way`) the client chose
    share: Share | None = None  # only for `payment_parts.PassesShares`; None: all of it stays
    label: str = ""  # what is paid, to be copied by hand: the booking's own short reference
    instructions_url: str = ""  # the core's page for payments without a gateway's page


@dataclass(frozen=True, slots=True)
class StartedPayment:
    """Where to send the client, and what to keep for later questions."""

    url: str
    provider_data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CallbackRequest:
    """A raw call from outside: a gateway's notice, or the client's browser coming back."""

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]  # names in lower case
    body: bytes


@dataclass(frozen=True, slots=True)
class PaymentNews:
    """What the gateway says of one payment."""

    reference: str
    outcome: Outcome
    amount: Money | None  # None only where the gateway does not tell
    event_id: str  # the same for a repeat of the same fact
    provider_reference: str = ""  # the gateway's own number
    reason: str = ""  # the gateway's own code
    raw: Mapping[str, Any] = field(default_factory=dict)  # evidence, no secrets


@dataclass(frozen=True, slots=True)
class RefundNews:
    """What the gateway says of one refund."""

    refund_reference: str  # the core's refund id as 32 hex digits
    outcome: RefundOutcome
    event_id: str
    provider_reference: str = ""
    reason: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)
    took_share: bool = False  # of a refused one: the payee's share came back all the same


@dataclass(frozen=True, slots=True)
class DisputeNews:
    """What the gateway says of one dispute (chargeback)."""

    dispute_reference: str  # the gateway's own
    provider_reference: str  # the gateway's number of the payment, as `PaymentNews` told it
    outcome: DisputeOutcome
    amount: Money
    event_id: str
    reason: str = ""  # the gateway's own code
    evidence_due_at: datetime | None = None  # UTC
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ignored:
    """A genuine call that says nothing the core needs."""

    event_id: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CallbackReply:
    """What is answered to the gateway."""

    status: int
    body: bytes
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class PaymentQuestion:
    """Which payment is asked about."""

    reference: str
    amount: Money
    created_at: datetime
    provider_data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OtherRefund:
    """Another refund of the same payment: some gateways cannot tell two of them apart."""

    refund_reference: str
    amount: Money
    outcome: RefundOutcome | None  # None: the gateway has not taken it on


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """What is to be given back. Refunds of one payment are sent one after the other."""

    refund_reference: str  # also the idempotency key: a repeat must not refund twice
    payment: PaymentQuestion
    provider_reference: str
    amount: Money
    is_full: bool
    reason: str
    requested_by: str
    requested_at: datetime
    times_sent: int = 0  # how often the gateway may have heard of it before this call
    others: tuple[OtherRefund, ...] = ()  # of the same payment, oldest first
    share_back: Money | None = None  # what of it comes out of the payee's share; None: nothing


@dataclass(frozen=True, slots=True)
class Settled:
    """Money that moved, as a gateway's own list or its settlement file tells of it."""

    reference: str  # ours, of the payment or of the refund; empty where the gateway names none
    amount: Money
    provider_reference: str = ""
    is_refund: bool = False
    payment_reference: str = ""  # of a refund without a reference of ours: the payment's


@runtime_checkable
class ListsSettled(Protocol):
    """What a provider may offer beside `PaymentProvider`: the gateway's list of a period."""

    def list_settled(
        self, since: datetime, until: datetime, settings: Mapping[str, str]
    ) -> Sequence[Settled]:
        """All payments taken and refunds done in [since, until). Called in the worker."""
        ...


@runtime_checkable
class ReadsSettlements(Protocol):
    """What a provider may offer beside `PaymentProvider`: reading the gateway's file of a day."""

    def read_settlement(self, file: bytes, settings: Mapping[str, str]) -> Sequence[Settled]:
        """What the file tells; raises Refused when it is no such file. Touches no network."""
        ...


class PaymentProvider(Protocol):
    """One payment company, shared by all tenants and threads."""

    key: str  # "vnpay"
    title: str  # English message id: "VNPay"
    promise: str  # English message id: what happens next for the client
    icon: str  # a name of the icon set: "qr-code", "credit-card"
    currencies: frozenset[str]  # empty: all
    settings: Sequence[SettingField]

    def start(self, order: PaymentOrder, settings: Mapping[str, str]) -> StartedPayment:
        """Prepare a payment. Called in the request, no transaction open, within 10 seconds.

        A repeat with the same ``reference`` must not make a second payment.
        """
        ...

    def read_callback(
        self, call: CallbackRequest, settings: Mapping[str, str]
    ) -> PaymentNews | RefundNews | DisputeNews | AccountNews | Ignored:
        """Verify and translate a server-to-server notice; raises BadSignature if forged."""
        ...

    def acknowledge(self, verdict: Verdict) -> CallbackReply:
        """The answer the gateway expects; it stops repeating only when told so."""
        ...

    def read_return(self, call: CallbackRequest, settings: Mapping[str, str]) -> Outcome:
        """What the browser's return claims; only shown. Raises BadSignature if forged."""
        ...

    def query(self, question: PaymentQuestion, settings: Mapping[str, str]) -> PaymentNews:
        """Ask the gateway what became of a payment. Called in the worker."""
        ...

    def close(self, question: PaymentQuestion, settings: Mapping[str, str]) -> None:
        """End a payment that nobody waits for any more, where the gateway can. In the worker."""
        ...

    def refund(self, order: RefundOrder, settings: Mapping[str, str]) -> RefundNews:
        """Give money back. Called in the worker, repeated with the same reference."""
        ...

    def query_refund(self, order: RefundOrder, settings: Mapping[str, str]) -> RefundNews:
        """Ask what became of an accepted refund. Called in the worker."""
        ...

    def test(self, settings: Mapping[str, str]) -> TestOutcome:
        """Try the settings against the gateway without moving money. In the worker or request."""
        ...


@hookspec
def register_payment_provider() -> PaymentProvider:
    """Offer one way to pay.

    Called once per process, at start-up, outside any tenant, no transaction open. The returned
    provider is shared by all tenants and threads; a tenant sees it only after switching it on.
    An exception, or two plugins that offer the same ``key``, stops the start-up.

    Tested by: ``cilis.testing.contracts.PaymentProviderContract``.
    Without a gateway (`payment_parts.HandledByStaff`): ``ByHandContract``.
    Used by: ``plugins/payment_vnpay``, ``plugins/payment_stripe``.
    """
    raise NotImplementedError
