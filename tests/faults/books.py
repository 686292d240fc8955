"""What the invariants are checked against: our books, a gateway's, and what people were told."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace as Row
from typing import Any

from cilis.infra import provisioning
from cilis.infra.tenancy import Tenant, current_tenant
from cilis.kit.money import Money, decimals


@dataclass(frozen=True)
class BackAtGateway:
    """A refund as a gateway knows it: state "accepted", "done" or "refused"."""

    reference: str
    minor: int
    state: str


@dataclass(frozen=True)
class AtGateway:
    """A payment as a gateway knows it: "open", "pending", "paid", "failed", "review", "expired"."""

    reference: str
    amount: Money
    state: str
    refunds: tuple[BackAtGateway, ...] = ()

    @property
    def returned(self) -> int:
        """What went back or is on its way."""
        return sum(one.minor for one in self.refunds if one.state != "refused")


def at_gateway(row: Mapping[str, Any]) -> AtGateway:
    """A payment as a stand-in tells of it; amounts there are in the gateway's own units."""
    currency = str(row["currency"]).upper()
    step = 100 if row["gateway"] == "vnpay" else 1
    assert step == 1 or decimals(currency) == 0
    back = tuple(
        BackAtGateway(one["reference"], one["amount"] // step, one["state"])
        for one in row["refunds"]
    )
    return AtGateway(row["reference"], Money(row["amount"] // step, currency), row["state"], back)


@dataclass
class Acknowledged:
    """What people were told is done: ids by table, and states that may no longer be left."""

    ids: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    last: dict[str, set[str]] = field(default_factory=dict)


@dataclass
class Books:
    """One reading of everything that the invariants speak of."""

    bookings: dict[str, Row]
    claims: Sequence[Row]
    attempts: dict[str, Row]
    refunds: dict[str, Row]
    disputes: dict[str, Row]
    payment_changes: Sequence[Row]
    booking_changes: Sequence[Row]
    audit: Counter[tuple[str, str]]
    outbox: Sequence[Row]
    receipts: Sequence[Row]
    foreign: Mapping[str, int]
    bought: Mapping[str, str]  # what was paid for with each payment, where that is no booking

    def payments_of(self, booking: Row) -> list[str]:
        """The payments whose money is in a booking: by credit, and one by a gateway."""
        found = [*(booking.credit_attempt_ids or ()), booking.paid_attempt_id]
        return list(dict.fromkeys(one for one in found if one))


_LOOKS = {
    "bookings": "SELECT id, state, claim_id, price_minor, paid_attempt_id, refund_minor,"
    " credit_attempt_ids FROM {s}.bookings",
    "claims": "SELECT id, expert_id, extract(epoch FROM lower(during)) AS since,"
    " extract(epoch FROM upper(during)) AS until, live FROM {s}.claims",
    "attempts": "SELECT id, subject_id, provider, amount_minor, currency, state, in_vain FROM {s}.attempts",
    "refunds": "SELECT id, attempt_id, amount_minor, state, refusal FROM {s}.refunds",
    "disputes": "SELECT id, attempt_id, state FROM {s}.disputes",
    "payment_changes": "SELECT attempt_id, refund_id, dispute_id, from_state, to_state, cause"
    " FROM {s}.payment_changes ORDER BY at, id",
    "booking_changes": "SELECT booking_id, from_state, to_state, what FROM {s}.booking_changes ORDER BY at, id",
    "audit": "SELECT subject_id, action, count(*) AS lines FROM {s}.audit_entries"
    " WHERE subject_id IS NOT NULL GROUP BY 1, 2",
    "outbox": "SELECT id, tenant, event, payload, state, extract(epoch FROM deliver_at) AS deliver_at FROM node.outbox",
    "credits": "SELECT id, paid_attempt_id FROM {s}.credits WHERE paid_attempt_id IS NOT NULL",
    "receipts": "SELECT event_id, listener, state FROM node.receipts",
}
_BY_ID = ("bookings", "attempts", "refunds", "disputes")
_OURS = (
    "disputes",
    "bookings",
    "claims",
    "attempts",
    "refunds",
    "payment_changes",
    "booking_changes",
    "credits",
)


def read(*others: Tenant) -> Books:
    """Read the served organization's books as they lie in PostgreSQL, past every wall of ours.

    ``others`` ought to have none of these rows.
    """
    looks = [f"(SELECT json_agg(t) FROM ({look}) t)" for look in _LOOKS.values()]
    looks += [f"(SELECT count(*) FROM {other.schema}.{name})" for other in others for name in _OURS]
    question = ", ".join(looks).format(s=current_tenant().schema)
    with provisioning.standing_owner() as connection:
        answers = connection.execute(f"SELECT {question}").fetchone()
    assert answers is not None
    found = {name: _rows(answer) for name, answer in zip(_LOOKS, answers, strict=False)}
    names = [f"{name} of {other.slug}" for other in others for name in _OURS]
    foreign = dict(zip(names, answers[len(_LOOKS) :], strict=True))
    by_id = {name: {row.id: row for row in found[name]} for name in _BY_ID}
    ours = {one for rows in by_id.values() for one in rows}
    role = current_tenant().role
    for row in found["outbox"]:
        if row.tenant != role and ours & {str(value) for value in row.payload.values()}:
            foreign[f"outbox of {row.tenant}"] = foreign.get(f"outbox of {row.tenant}", 0) + 1
    return Books(
        **by_id,
        claims=found["claims"],
        payment_changes=found["payment_changes"],
        booking_changes=found["booking_changes"],
        audit=Counter({(row.subject_id, row.action): row.lines for row in found["audit"]}),
        outbox=[row for row in found["outbox"] if row.tenant == role],
        receipts=found["receipts"],
        foreign=foreign,
        bought={row.paid_attempt_id: row.id for row in found["credits"]},
    )


def _rows(answer: list[dict[str, Any]] | None) -> list[Row]:
    return [Row(**row) for row in answer or []]
