"""What a payment provider may offer beyond what every one must. All of it is optional.

A provider has a part when its object has the part's members; the core looks with `isinstance`
and does without where a part is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from cilis.hooks.failures import Refused
from cilis.hooks.payments import DisputeNews, PaymentQuestion
from cilis.kit.money import Money


@dataclass(frozen=True, slots=True)
class Way:
    """One of several ways to pay at one provider; the client chooses at the checkout.

    It is on offer while the setting ``setting`` has one of ``values``. ``days`` and
    ``hours_before`` name settings of the kind NUMBER: how many days the client has from the
    booking on, and how many hours before the session the time to pay ends. Without ``days`` the
    client has the house's ten minutes.
    """

    key: str  # "" where the provider itself is meant
    title: str  # English message id
    promise: str  # English message id: what happens next for the client
    icon: str
    setting: str
    values: frozenset[str]
    days: str = ""
    hours_before: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of what a client must know to pay."""

    label: str  # English message id
    value: str  # as it is to be written
    is_code: bool = False  # to be copied sign by sign


@dataclass(frozen=True, slots=True)
class Instructions:
    """How a client pays who is not led to a gateway's page."""

    lines: Sequence[Line]
    next_steps: Sequence[str]  # English message ids, in their order
    notes: Mapping[str, str] = field(default_factory=dict)  # language -> the tenant's own words


@dataclass(frozen=True, slots=True)
class Passing:
    """When shares are passed on: while the setting ``setting`` has one of ``values``.

    ``steps`` says by currency in which steps of minor units a payment can be shared out; 1 where
    nothing is said.
    """

    setting: str
    values: frozenset[str]
    steps: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ShareBackOrder:
    """Of how much of a payment the payee's share is to come back, without a refund."""

    reference: str  # idempotency key: 32 hex digits, the same for a repeat
    payment: PaymentQuestion
    provider_reference: str
    amount: Money  # of the payment; the share of it follows pro rata


class ShareNotTaken(Refused):
    """The company was looked at first: no call before has taken the share, and none will."""


@dataclass(frozen=True, slots=True)
class EvidenceField:
    """One thing that a bank may be told or shown in a dispute."""

    name: str  # the company's own
    label: str  # English message id
    is_file: bool = False


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """A file for the bank: PDF, JPEG or PNG."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class EvidenceOrder:
    """What is to be told to the bank. It can be told once: nothing is added afterwards."""

    reference: str  # idempotency key: 32 hex digits, the same for a repeat
    dispute_reference: str
    texts: Mapping[str, str]
    files: Mapping[str, EvidenceFile]


@runtime_checkable
class OffersWays(Protocol):
    """A provider with several ways to pay. None of them on offer: the provider is not either."""

    ways: Sequence[Way]


@runtime_checkable
class HandledByStaff(Protocol):
    """A provider without a gateway: nobody calls, nobody can be asked; people do the rest.

    ``start`` sends the client to ``order.instructions_url``. A member of staff writes down that
    the money came, and later that a refund was paid out: `refund` answers ACCEPTED.
    """

    def instructions(self, question: PaymentQuestion, settings: Mapping[str, str]) -> Instructions:
        """What the client must know to pay. Called in the request. No network."""
        ...


@runtime_checkable
class PassesShares(Protocol):
    """A provider that passes a part of a payment on to the payee's own account there.

    With ``order.share`` `start` passes exactly so much on, whatever the settings say meanwhile,
    or refuses the order. A refund with ``order.share_back`` takes the share back as the refund
    is of the payment, pro rata; one without leaves it where it is.
    """

    passing: Passing

    def take_share_back(self, order: ShareBackOrder, settings: Mapping[str, str]) -> None:
        """Take the share of a contested amount back, once by ``reference``. In the worker.

        Refused is raised where it cannot be had; then it stays where it is. Of a repeat that is
        believed only as `ShareNotTaken`: the call before may have taken it.
        """
        ...


@runtime_checkable
class TellsFees(Protocol):
    """A provider that knows what the company keeps for itself of each payment."""

    def fee(self, question: PaymentQuestion, settings: Mapping[str, str]) -> Money | None:
        """The company's fee for a captured payment, in the currency of its account.

        None: there is none. Raises TryLater while it is not known. In the worker.
        """
        ...


@runtime_checkable
class HandlesDisputes(Protocol):
    """A provider that tells of disputes (`DisputeNews`) and takes evidence for the bank."""

    evidence: Sequence[EvidenceField]

    def submit_evidence(self, order: EvidenceOrder, settings: Mapping[str, str]) -> DisputeNews:
        """Tell the bank; a repeat with the same reference tells nothing twice. In the worker."""
        ...

    def query_dispute(self, dispute_reference: str, settings: Mapping[str, str]) -> DisputeNews:
        """Ask how a dispute stands. In the worker."""
        ...
