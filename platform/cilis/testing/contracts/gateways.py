"""The pretended gateway behind a payment provider, and orders to try it with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

from cilis.hooks.payments import (
    CallbackRequest,
    PaymentNews,
    PaymentOrder,
    PaymentQuestion,
    RefundOrder,
    StartedPayment,
)
from cilis.kit import clock, ids
from cilis.kit.money import Money
from cilis.testing.standins import StandIns

RETURN_URL = "https://shop.example.com/payments/0192/return"
INSTRUCTIONS_URL = "https://shop.example.com/payments/0192/instructions"
LABEL = "K7M2QX"


class Gateway(Protocol):
    """What the suite asks of a pretended gateway."""

    def pay(self, started: StartedPayment, outcome: str = "paid") -> CallbackRequest:
        """Let the client pay ("paid"), give up ("cancelled"); returns the browser's way back."""
        ...

    def notice(self, reference: str) -> CallbackRequest:
        """The gateway's newest notice about a payment, as it would reach the tenant."""
        ...

    def payments(self, reference: str) -> int:
        """How many payments the gateway has with this reference."""
        ...

    def refunded(self, reference: str) -> Money:
        """How much of a payment the gateway has given back."""
        ...

    def misbehave(self, how: str) -> None:
        """Go wrong until the test ends.

        Server calls: "slow", "down", "nonsense", "lost_reply". Notices: "wrong_amount",
        "bad_signature", "other_merchant". Refunds: "refund_refused".
        """
        ...

    def behave(self) -> None:
        """Go right again."""
        ...


class DisputingGateway(Gateway, Protocol):
    """A pretended gateway that can let a payer's bank take money back."""

    def dispute(self, reference: str, *, inquiry: bool = False) -> str:
        """Open a dispute about a paid payment, or only ask; returns the gateway's id of it."""
        ...

    def decide_dispute(self, reference: str, outcome: str) -> None:
        """Let the bank decide: "won", "lost", or "closed" for an inquiry."""
        ...


class SharingGateway(Gateway, Protocol):
    """A pretended gateway that can pass a share on."""

    def share(self, reference: str) -> Money:
        """What the payee has of a payment now: what was passed on, less what was taken back."""
        ...


class TransferringGateway(Gateway, Protocol):
    """A pretended gateway that can send money to a payee.

    More ways to go wrong: "transfer_refused" and "reversal_refused".
    """

    def sent(self, transfer_reference: str) -> Money:
        """What was sent under a reference, less what was taken back."""
        ...


class AccountGateway(Gateway, Protocol):
    """A pretended gateway at which payees open accounts; `notice` takes an account's name too."""

    def fill_in(self, url: str, outcome: str) -> str:
        """Let a payee say all ("complete"), a part ("pending"), nothing ("leave").

        Returns where the browser is led.
        """
        ...

    def shut(self, account: str) -> None:
        """Let the company close an account."""
        ...

    def accounts(self) -> int:
        """How many accounts there are."""
        ...

    def lose_answer_after(self, calls: int) -> None:
        """Do the work of all calls, but lose the answers of those after so many."""
        ...


class StandInGateway:
    """A `Gateway` made of the house's stand-ins."""

    def __init__(self, stand_ins: StandIns, name: str, currency: str, *, per_minor: int) -> None:
        self._stand_ins = stand_ins
        self._name = name
        self._currency = currency
        self._per_minor = per_minor  # wire units in one minor unit: VNPay 100, Stripe 1

    def pay(self, started: StartedPayment, outcome: str = "paid") -> CallbackRequest:
        """Open the page and choose."""
        address = self._stand_ins.pay(started.url, outcome)
        query = dict(parse_qsl(urlsplit(address).query, keep_blank_values=True))
        return CallbackRequest("GET", query, {"accept": "text/html"}, b"")

    def notice(self, reference: str) -> CallbackRequest:
        """The newest notice, sent or not."""
        sent = self._stand_ins.notices(reference)[-1]
        if sent.method == "GET":
            return CallbackRequest("GET", sent.query, {}, b"")
        return CallbackRequest(sent.method, {}, sent.headers, sent.body)

    def payments(self, reference: str) -> int:
        """How many there are."""
        return len(self._stand_ins.payments(reference))

    def refunded(self, reference: str) -> Money:
        """The sum of refunds."""
        found = self._stand_ins.payments(reference)
        wire = sum(int(payment["refunded"]) for payment in found)
        return Money(wire // self._per_minor, self._currency)

    def share(self, reference: str) -> Money:
        """What the payee has of all payments with this reference."""
        found = self._stand_ins.payments(reference)
        wire = sum(int(payment["share"]) for payment in found)
        return Money(wire // self._per_minor, self._currency)

    def sent(self, transfer_reference: str) -> Money:
        """The sum of transfers."""
        found = self._stand_ins.transfers(transfer_reference)
        wire = sum(int(one["amount"]) - int(one["amount_reversed"]) for one in found)
        return Money(wire // self._per_minor, self._currency)

    def fill_in(self, url: str, outcome: str) -> str:
        """Open the page and choose."""
        return self._stand_ins.pay(url, outcome)

    def shut(self, account: str) -> None:
        """For good."""
        self._stand_ins.move_account(account, "rejected")

    def accounts(self) -> int:
        """How many there are."""
        return len(self._stand_ins.connected())

    def lose_answer_after(self, calls: int) -> None:
        """By a fault that lets some calls through."""
        self._stand_ins.set_fault("lost_reply", self._name, seconds=2, after=calls)

    def dispute(self, reference: str, *, inquiry: bool = False) -> str:
        """Let the bank act."""
        return self._stand_ins.open_dispute(reference, inquiry=inquiry)

    def decide_dispute(self, reference: str, outcome: str) -> None:
        """Let the bank decide."""
        self._stand_ins.close_dispute(reference, outcome)

    def misbehave(self, how: str) -> None:
        """Set the fault."""
        self._stand_ins.set_fault(how, self._name, seconds=2)

    def behave(self) -> None:
        """Take all faults away."""
        self._stand_ins.clear_faults()


def make_order(amount: Money, **changes: Any) -> PaymentOrder:
    """An order as the core makes it: ten minutes to pay, Vietnamese words."""
    at = clock.now()
    order = PaymentOrder(
        reference=ids.new().hex,
        amount=amount,
        description="Đặt lịch tư vấn với Đỗ Minh",
        return_url=RETURN_URL,
        client_ip="203.0.113.7",
        language="vi",
        created_at=at,
        expires_at=at + timedelta(minutes=10),
        label=LABEL,
        instructions_url=INSTRUCTIONS_URL,
    )
    return replace(order, **changes)


def question_about(order: PaymentOrder, started: StartedPayment) -> PaymentQuestion:
    """What the core asks later."""
    return PaymentQuestion(order.reference, order.amount, order.created_at, started.provider_data)


def refund_of(question: PaymentQuestion, paid: PaymentNews, amount: Money) -> RefundOrder:
    """A refund as the core orders it."""
    return RefundOrder(
        refund_reference=ids.new().hex,
        payment=question,
        provider_reference=paid.provider_reference,
        amount=amount,
        is_full=amount == question.amount,
        reason="Khách hủy lịch hẹn",
        requested_by="Lan",
        requested_at=clock.now(),
    )


def forgeries(call: CallbackRequest) -> Iterator[tuple[str, CallbackRequest]]:
    """Spoilt copies of a genuine call: each part altered and each part left out."""
    yield "empty", CallbackRequest(call.method, {}, {}, b"")
    for name, value in call.query.items():
        others = {key: told for key, told in call.query.items() if key != name}
        yield f"without {name}", replace(call, query=others)
        yield f"altered {name}", replace(call, query={**others, name: _altered(value)})
    for name, value in call.headers.items():
        if name.startswith(("content-", "accept", "user-agent", "host")):
            continue  # no gateway signs these
        others = {key: told for key, told in call.headers.items() if key != name}
        yield f"without {name}", replace(call, headers=others)
        yield f"altered {name}", replace(call, headers={**others, name: _altered(value)})
    if call.body:
        middle = len(call.body) // 2
        yield "no body", replace(call, body=b"")
        yield "empty object", replace(call, body=b"{}")
        yield "not UTF-8", replace(call, body=b"\xff" + call.body)
        yield "cut body", replace(call, body=call.body[:middle])
        yield "longer body", replace(call, body=call.body + b" ")


def _altered(value: str) -> str:
    """Another value of the same kind: "…1" becomes "…2"."""
    return value[:-1] + ("2" if value[-1:] != "2" else "3")
