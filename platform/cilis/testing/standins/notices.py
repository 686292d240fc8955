"""Sends a gateway's notices to its merchants, with the faults that were asked for."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import Protocol

from cilis.kit import clock, http, ids
from cilis.testing.standins.state import Account, Payment, Sending, State

TRIES = 10
SECONDS = 10.0


@dataclass(frozen=True)
class Twist:
    """How a notice is to be spoilt."""

    wrong_amount: bool = False
    bad_signature: bool = False
    other_merchant: bool = False


class Maker(Protocol):
    """Makes a gateway's notice."""

    def __call__(self, account: Account, twist: Twist) -> Sending:
        """The notice, not yet sent."""
        ...


def new_id() -> str:
    """A name for a notice."""
    return ids.new().hex


def tell(state: State, payment: Payment, make: Maker, *, now: bool = False) -> Sending:
    """Make a notice about a payment and send it, as the faults of the moment say.

    Args:
        state: the memory.
        payment: what it is about.
        make: the gateway's way to write it.
        now: come back only after the merchant has answered (the fault "before_reply").
    """
    account = state.account(payment.gateway, payment.account)
    if account is None:
        raise LookupError(f"no account {payment.account}")
    suffered = {
        name: state.take_fault(payment.gateway, name, payment.reference)
        for name in ("wrong_amount", "bad_signature", "other_merchant", "never", "late", "twice")
    }
    twist = Twist(
        wrong_amount=suffered["wrong_amount"] is not None,
        bad_signature=suffered["bad_signature"] is not None,
        other_merchant=suffered["other_merchant"] is not None,
    )
    sending = state.add_sending(make(account, twist))
    late = suffered["late"]
    if suffered["never"] is not None:
        sending.state = "never"
    elif late is not None:
        sending.state = "held"
        if late.seconds:
            _later(late.seconds, state, sending)
    else:
        for _ in range(2 if suffered["twice"] is not None else 1):
            send(state, sending, wait=now)
    return sending


def send(state: State, sending: Sending, *, wait: bool = False) -> None:
    """Send a notice, again and again until it is heard."""
    if not sending.url:
        sending.state = "nowhere"
        return
    courier = threading.Thread(target=_deliver, args=(state, sending, 1 if wait else TRIES))
    courier.daemon = True
    courier.start()
    if wait:
        courier.join(SECONDS)


def release(state: State, reference: str = "") -> int:
    """Send what was held back; returns how many."""
    with state.lock:
        held = [
            sending
            for sending in state.contents.sendings
            if sending.state == "held" and reference in {"", sending.reference}
        ]
        for sending in held:
            sending.state = "ready"
    for sending in held:
        send(state, sending)
    return len(held)


def _later(seconds: float, state: State, sending: Sending) -> None:
    timer = threading.Timer(seconds, send, (state, sending))
    timer.daemon = True
    timer.start()


def _deliver(state: State, sending: Sending, tries: int) -> None:
    for number in range(tries):
        if number:
            threading.Event().wait(state.retry_seconds)
        if _try_once(sending):
            sending.state = "heard"
            break
    else:
        sending.state = "given up"
    state.changed.set()


def _try_once(sending: Sending) -> bool:
    attempt = {"at": clock.now().timestamp(), "status": 0, "answer": ""}
    try:
        answer = http.request(
            sending.method,
            sending.url,
            headers=sending.headers,
            body=sending.body.encode() if sending.body else None,
            seconds=SECONDS,
        )
    except http.HttpFailed as problem:
        attempt["answer"] = str(problem)
        sending.tries.append(attempt)
        return False
    attempt |= {"status": answer.status, "answer": answer.body.decode("utf-8", "replace")[:500]}
    sending.tries.append(attempt)
    return _is_heard(sending.gateway, answer)


def _is_heard(gateway: str, answer: http.HttpAnswer) -> bool:
    """VNPay reads a code in the body and stops at 00 and 02; Stripe reads the status."""
    if gateway != "vnpay":
        return 200 <= answer.status < 300
    try:
        content = json.loads(answer.body)
    except ValueError:
        return False
    return answer.status == 200 and content.get("RspCode") in {"00", "02"}
