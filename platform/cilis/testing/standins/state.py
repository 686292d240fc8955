"""What the stand-ins remember: accounts, payments, notices, mails, faults. In memory, one lock."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cilis.kit import clock

FAULTS = {
    "twice": "Each notice is sent twice at once",
    "wrong_amount": "The notice tells another amount, well signed",
    "bad_signature": "The notice carries a wrong signature",
    "other_merchant": "The notice is another merchant's",
    "never": "No notice is sent",
    "late": "The notice is held back, for so many seconds or until it is released",
    "before_reply": "The notice arrives before the gateway's own reply",
    "slow": "The server calls answer after so many seconds",
    "down": "The server calls answer 503",
    "nonsense": "The server calls answer with something else",
    "lost_reply": "The server calls do their work, but the reply is lost",
    "bad_reply": "The replies to server calls carry a wrong checksum",
    "refund_stuck": "Refunds stay under way",
    "refund_refused": "Refunds are turned down",
    "transfer_refused": "Stripe: transfers to experts are turned down",
    "reversal_refused": "Stripe: nothing can be taken back from an expert's account",
    "refund_unnamed": "VNPay: answers do not say which refund they are about",
    "refuse": "Mail: the receiver's address is dead (550)",
    "busy": "Mail: come back later (451)",
}
KEPT = 2000
KEPT_PAYMENTS = 20_000


class Conflict(Exception):
    """The gateway does not allow this now; the message is its code."""


@dataclass
class Account:
    """A merchant known to a gateway.

    ``key`` is VNPay's terminal code, Stripe's secret key or Jitsi's application id; ``secret``
    what signs its calls; ``notice_url`` where its notices go.
    """

    gateway: str
    key: str
    secret: str
    notice_url: str = ""
    audience: str = ""
    connect_secret: str = ""  # Stripe: what signs events of experts' accounts, if it is another


@dataclass
class Refund:
    """Money on its way back."""

    id: str
    reference: str
    amount: int
    state: str  # accepted, done, refused
    day: str
    words: str = ""


@dataclass
class Payment:
    """One payment at a gateway. Amounts are as on the gateway's wire."""

    id: str
    gateway: str
    account: str
    reference: str
    amount: int
    currency: str
    description: str
    created_at: float
    expires_at: float
    state: str = "open"  # open, pending, paid, failed, review, expired
    data: dict[str, Any] = field(default_factory=dict)
    refunds: list[Refund] = field(default_factory=list)

    @property
    def refunded(self) -> int:
        """What has been given back or is on its way, in wire units."""
        return sum(refund.amount for refund in self.refunds if refund.state != "refused")

    @property
    def is_over(self) -> bool:
        """Whether its time has passed without payment."""
        return self.state == "open" and clock.now().timestamp() >= self.expires_at


@dataclass
class Sending:
    """A notice of a gateway to a merchant, sent or not."""

    id: str
    gateway: str
    reference: str
    about: str
    method: str
    url: str
    headers: dict[str, str]
    body: str
    state: str = "ready"  # ready, held, never, heard, given up, nowhere
    tries: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Mail:
    """A mail that arrived."""

    id: str
    at: float
    sender: str
    recipients: list[str]
    raw: str  # the bytes as Latin-1 text


@dataclass
class Fault:
    """Something that is made to go wrong."""

    gateway: str
    name: str
    reference: str = ""  # empty: every payment or address
    seconds: float = 0.0
    times: int = -1  # -1: until it is taken away
    after: int = 0  # how many times it is not suffered yet


@dataclass
class Contents:
    """All that is kept, as it is written to the file."""

    number: int = 14_000_000
    accounts: list[Account] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    sendings: list[Sending] = field(default_factory=list)
    mails: list[Mail] = field(default_factory=list)
    transfers: list[dict[str, Any]] = field(default_factory=list)  # Stripe's
    connected: list[dict[str, Any]] = field(default_factory=list)  # accounts of experts at Stripe


class State:
    """The one memory of all stand-ins; ``lock`` guards every change."""

    def __init__(self, folder: Path | None = None, *, retry_seconds: float = 5.0) -> None:
        self.lock = threading.RLock()
        self.changed = threading.Event()
        self.retry_seconds = retry_seconds
        self.faults: list[Fault] = []
        self.auto: dict[str, str] = {}
        self.inside: dict[str, dict[str, str]] = {}  # Jitsi: room -> person -> name
        self.files: dict[str, dict[str, Any]] = {}  # Stripe: papers for banks
        self.replies: dict[str, tuple[str, int, str]] = {}  # Stripe: idempotency key -> reply
        self.file = folder / "state.json" if folder else None
        self.contents = self._read(folder) if folder else Contents()

    def next_number(self) -> int:
        """The next number a gateway gives."""
        with self.lock:
            self.contents.number += 1
            return self.contents.number

    def account(self, gateway: str, key: str) -> Account | None:
        """The merchant with this key."""
        return next(
            (a for a in self.contents.accounts if (a.gateway, a.key) == (gateway, key)), None
        )

    def put_account(self, account: Account) -> None:
        """Make a merchant known, or change it."""
        with self.lock:
            kept = self.contents.accounts
            kept[:] = [a for a in kept if (a.gateway, a.key) != (account.gateway, account.key)]
            kept.append(account)
        self.changed.set()

    def payment(self, gateway: str, account: str, reference: str) -> Payment | None:
        """A merchant's payment by the merchant's reference."""
        wanted = (gateway, account, reference)
        return self.find(lambda p: (p.gateway, p.account, p.reference) == wanted)

    def find(self, fits: Callable[[Payment], bool]) -> Payment | None:
        """The newest payment that fits."""
        with self.lock:
            return next((p for p in reversed(self.contents.payments) if fits(p)), None)

    def add_payment(self, payment: Payment) -> Payment:
        """Remember a payment."""
        with self.lock:
            self.contents.payments.append(payment)
            del self.contents.payments[:-KEPT_PAYMENTS]
        self.changed.set()
        return payment

    def add_sending(self, sending: Sending) -> Sending:
        """Remember a notice."""
        with self.lock:
            self.contents.sendings.append(sending)
            del self.contents.sendings[:-KEPT]
        self.changed.set()
        return sending

    def add_mail(self, mail: Mail) -> None:
        """Remember a mail."""
        with self.lock:
            self.contents.mails.append(mail)
            del self.contents.mails[:-KEPT]
        self.changed.set()

    def take_fault(self, gateway: str, name: str, reference: str = "") -> Fault | None:
        """The fault to suffer now, if one is set; counts it down."""
        with self.lock:
            for fault in self.faults:
                if fault.gateway != gateway or fault.name != name or fault.times == 0:
                    continue
                if fault.reference not in {"", reference}:
                    continue
                if fault.after > 0:
                    fault.after -= 1
                    continue
                fault.times -= fault.times > 0
                return fault
        return None

    def clear(self) -> None:
        """Forget everything but the accounts."""
        with self.lock:
            self.contents = Contents(self.contents.number, self.contents.accounts)
            self.faults.clear()
            self.auto.clear()
            self.inside.clear()
            self.replies.clear()
            self.files.clear()
        self.changed.set()

    def as_json(self) -> str:
        """Everything that is kept."""
        with self.lock:
            return json.dumps(asdict(self.contents), ensure_ascii=False)

    def keep_writing(self) -> None:
        """Write the file after each change, at most once a second; runs for ever."""
        while self.file is not None:
            self.changed.wait()
            self.changed.clear()
            draft = self.file.with_suffix(".new")
            draft.write_text(self.as_json(), encoding="utf-8")
            draft.replace(self.file)
            threading.Event().wait(1.0)

    def _read(self, folder: Path) -> Contents:
        """What was kept, and what the installation told: its accounts and earlier payments."""
        config, earlier = folder / "config.json", folder / "payments.jsonl"
        contents = Contents()
        if self.file is not None and self.file.exists():
            kept = json.loads(self.file.read_text(encoding="utf-8"))
            contents = Contents(
                number=kept["number"],
                accounts=[Account(**row) for row in kept["accounts"]],
                payments=[_payment(row) for row in kept["payments"]],
                sendings=[Sending(**row) for row in kept["sendings"]],
                mails=[Mail(**row) for row in kept["mails"]],
                transfers=kept.get("transfers", []),
                connected=kept.get("connected", []),
            )
        if config.exists():
            rows = json.loads(config.read_text(encoding="utf-8"))["accounts"]
            named = {(row["gateway"], row["key"]) for row in rows}
            others = [a for a in contents.accounts if (a.gateway, a.key) not in named]
            contents.accounts = [*others, *(Account(**row) for row in rows)]
        if earlier.exists():
            known = {payment.reference for payment in contents.payments}
            lines = earlier.read_text(encoding="utf-8").splitlines()
            told = [_payment(json.loads(line)) for line in lines]
            contents.payments[:0] = [one for one in told if one.reference not in known]
        return contents


def at(instant: float) -> datetime:
    """A kept instant as a time."""
    return datetime.fromtimestamp(instant, UTC)


def _payment(row: dict[str, Any]) -> Payment:
    refunds = [Refund(**refund) for refund in row.pop("refunds")]
    return Payment(**row, refunds=refunds)
