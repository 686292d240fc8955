"""What a payment provider may offer beyond what every one must. All of it is optional.

A provider has a part when its object has the part's members; the core looks with `isinstance`
and does without where a part is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from cilis.hooks.payments import PaymentQuestion


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
