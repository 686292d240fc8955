"""A gateway in this process: it has the money the moment it is asked to, and tells so at once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from cilis.domains import extensions
from cilis.domains.payments import service
from cilis.hooks.manager import plugins
from cilis.hooks.payments import (
    CallbackReply,
    CallbackRequest,
    DisputeNews,
    DisputeOutcome,
    Outcome,
    PaymentNews,
    PaymentOrder,
    PaymentQuestion,
    RefundNews,
    RefundOrder,
    RefundOutcome,
    StartedPayment,
    Verdict,
)
from cilis.hooks.settings import SettingField, TestOutcome
from cilis.infra.db import reading
from cilis.kit import clock
from cilis.kit.money import Money
from cilis.kit.viewer import Viewer

FEE_PERCENT = 2
REFUSES_ONE_IN = 25
"""One refund of so many comes to nothing: the account is closed."""


@dataclass
class Gate:
    """Keeps books of its own: they are compared with ours in the end."""

    key: str = "gate"
    title: str = "Gate"
    promise: str = "You pay at the gate."
    icon: str = "credit-card"
    currencies: frozenset[str] = frozenset({"VND"})
    settings: Sequence[SettingField] = ()
    amounts: dict[str, Money] = field(default_factory=dict)
    paid: dict[str, int] = field(default_factory=dict)
    returned: dict[str, tuple[str, int]] = field(default_factory=dict)  # by the refund's name
    disputes: dict[str, str] = field(default_factory=dict)

    def start(self, order: PaymentOrder, settings: Mapping[str, str]) -> StartedPayment:
        self.amounts[order.reference] = order.amount
        return StartedPayment(f"https://gate.example/{order.reference}", {})

    def read_callback(
        self, call: CallbackRequest, settings: Mapping[str, str]
    ) -> PaymentNews | DisputeNews:
        said = json.loads(call.body)
        name, amount = said["reference"], self.amounts[said["reference"]]
        if "dispute" in said:
            outcome = DisputeOutcome(said["dispute"])
            event = f"{said['dispute']}-{name}"
            return DisputeNews(
                dispute_reference=f"du-{name}", outcome=outcome, amount=amount,
                provider_reference=f"G-{name[:12]}", event_id=event, reason="fraudulent",
                evidence_due_at=clock.now() + timedelta(days=7),
            )  # fmt: skip
        return PaymentNews(name, Outcome.PAID, amount, f"paid-{name}", f"G-{name[:12]}")

    def acknowledge(self, verdict: Verdict) -> CallbackReply:
        return CallbackReply(200, verdict.value.encode(), "text/plain")

    def read_return(self, call: CallbackRequest, settings: Mapping[str, str]) -> Outcome:
        return Outcome.PENDING

    def query(self, question: PaymentQuestion, settings: Mapping[str, str]) -> PaymentNews:
        paid = question.reference in self.paid
        outcome = Outcome.PAID if paid else Outcome.PENDING
        amount = self.amounts[question.reference] if paid else None
        return PaymentNews(question.reference, outcome, amount, "asked", "G")

    def close(self, question: PaymentQuestion, settings: Mapping[str, str]) -> None:
        return None

    def fee(self, question: PaymentQuestion, settings: Mapping[str, str]) -> Money:
        return self.amounts[question.reference].percent(FEE_PERCENT)

    def refund(self, order: RefundOrder, settings: Mapping[str, str]) -> RefundNews:
        name = order.refund_reference
        if int(name, 16) % REFUSES_ONE_IN == 0:
            return RefundNews(name, RefundOutcome.REFUSED, "r", "R", "account_closed")
        self.returned[name] = (order.payment.reference, order.amount.minor)
        return RefundNews(name, RefundOutcome.DONE, "r", "R", "")

    def query_refund(self, order: RefundOrder, settings: Mapping[str, str]) -> RefundNews:
        return self.refund(order, settings)

    def test(self, settings: Mapping[str, str]) -> TestOutcome:
        return TestOutcome(works=True, message="ok")

    def pays(self, attempt_id: UUID) -> None:
        """The client pays, and we are told."""
        self.paid[attempt_id.hex] = self.amounts[attempt_id.hex].minor
        self._tell({"reference": attempt_id.hex})

    def contests(self, attempt_id: UUID, outcome: str) -> None:
        """The client's bank says something about a payment: "open", "won", "lost"."""
        self.disputes[attempt_id.hex] = outcome
        self._tell({"reference": attempt_id.hex, "dispute": outcome})

    def holds(self) -> int:
        """What it ought to hold for us now, before what it keeps for itself."""
        lost = sum(self.paid[name] for name, state in self.disputes.items() if state != "won")
        return sum(self.paid.values()) - sum(minor for _, minor in self.returned.values()) - lost

    def _tell(self, said: Mapping[str, str]) -> None:
        with reading() as session:
            active = extensions.active_one(session, "payments", self.key)
        call = CallbackRequest("POST", {}, {}, json.dumps(said).encode())
        service.receive(active, call)


@contextmanager
def switched_on(staff: Viewer) -> Iterator[Gate]:
    """The gateway, installed in this process and switched on in the served organization."""
    made = Gate()
    offers, names = plugins._offers["payments"], plugins._names  # noqa: SLF001 - no plugin's way in
    offers[made.key], names["payments", made.key] = made, "payment_gate"
    try:
        extensions.switch("payments", made.key, True, {}, staff)  # noqa: FBT003
        yield made
    finally:
        del offers[made.key], names["payments", made.key]
        plugins._benches.pop(f"payments/{made.key}", None)  # noqa: SLF001
