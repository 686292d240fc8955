"""What must hold after every step and every fault, read from PostgreSQL and from the gateways.

I1 no two live claims of an expert overlap, and an hour is taken exactly while its booking lives.
I2 every payment at a gateway is one attempt of ours; its money bought one booking or goes back.
I3 nothing that costs is booked without money that came.
I4 every fact is in the outbox, and delivered, due or visibly failed; none is lost on the way.
I5 no row lies with another organization.
I6 every change of state has its line of audit, and histories are unbroken chains of allowed moves.
I7 what was acknowledged is there.

`broken` names what does not hold, "I2: …"; `at_rest` also asks that nothing is still under way.
`check` and `check_rest` ask the auditor too whether the ledger says the same: L1 to L7.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from uuid import UUID

from tests.faults.books import Acknowledged, AtGateway, Books, Row, at_gateway, read
from tests.faults.histories import histories

from cilis.domains.bookings.types import BookingState
from cilis.domains.payments.types import (
    CREDIT,
    LIVE_STATES,
    AttemptState,
    RefundState,
)
from cilis.infra.tenancy import Tenant
from cilis.kit import clock
from cilis.kit.money import Money
from cilis.testing import auditor

__all__ = [
    "Acknowledged",
    "AtGateway",
    "Books",
    "at_gateway",
    "broken",
    "check",
    "check_rest",
    "read",
]

_TAKEN = {"held", "pending", "confirmed", "completed", "no_show"}
_BOUGHT = {"pending", "confirmed", "completed", "no_show"}
_UNDER_WAY = {"asked", "accepted"}


def broken(
    books: Books,
    truth: Iterable[AtGateway],
    told: Acknowledged | None = None,
    *,
    at_rest: bool = False,
) -> list[str]:
    """All that does not hold, each by its invariant's name."""
    known = list(truth)
    found = [
        *_claims(books),
        *_money(books, known),
        *_bought(books, {one.reference: one for one in known}),
        *_facts(books, at_rest=at_rest),
        *(f"I5: {count} rows in {where}" for where, count in books.foreign.items() if count),
        *histories(books),
        *_told(books, told or Acknowledged()),
    ]
    return found + (list(_rest(books, known)) if at_rest else [])


def check(*others: Tenant, truth: Iterable[AtGateway], told: Acknowledged | None = None) -> None:
    """Assert that everything holds now, whatever is under way."""
    found = broken(read(*others), truth, told) + auditor.broken(auditor.read())
    assert not found, "\n".join(found)


def check_rest(
    *others: Tenant, truth: Iterable[AtGateway], told: Acknowledged | None = None
) -> None:
    """Assert that everything holds and nothing is under way."""
    found = broken(read(*others), truth, told, at_rest=True)
    found += auditor.broken(auditor.read(), at_rest=True) + auditor.statements()
    assert not found, "\n".join(found)


def _id(reference: str) -> str:
    return str(UUID(hex=reference))


def _hex(name: str) -> str:
    return UUID(name).hex


def _claims(books: Books) -> Iterator[str]:
    live: dict[str, list[Row]] = defaultdict(list)
    for claim in books.claims:
        if claim.live:
            live[claim.expert_id].append(claim)
    for spans in live.values():
        spans.sort(key=lambda claim: claim.since)
        for before, after in pairwise(spans):
            if after.since < before.until:
                yield f"I1: claims {before.id} and {after.id} overlap"
    by_id = {claim.id: claim for claim in books.claims}
    for booking in books.bookings.values():
        claim = by_id.get(booking.claim_id)
        if claim is None:
            yield f"I1: booking {booking.id} has no claim"
        elif claim.live != (booking.state in _TAKEN):
            yield f"I1: booking {booking.id} is {booking.state}, its claim lives: {claim.live}"


def _money(books: Books, known: Sequence[AtGateway]) -> Iterator[str]:
    """I2 for what is there at any moment: same payments, same refunds, never too much back."""
    seen = Counter(one.reference for one in known)
    yield from (f"I2: {times} payments for {name}" for name, times in seen.items() if times > 1)
    ours: dict[str, list[Row]] = defaultdict(list)
    for refund in books.refunds.values():
        ours[refund.attempt_id].append(refund)
    for one in known:
        attempt = books.attempts.get(_id(one.reference))
        if attempt is None:
            yield f"I2: {one.reference} is at the gateway and not with us"
            continue
        if one.amount != Money(attempt.amount_minor, attempt.currency):
            yield f"I2: {one.reference} is {one.amount} at the gateway"
        if one.returned > one.amount.minor:
            yield f"I2: of {one.reference} {one.returned} went back"
        yield from _refunds(one, {refund.id: refund for refund in ours[attempt.id]})
    for attempt in books.attempts.values():
        back = sum(r.amount_minor for r in ours[attempt.id] if r.state != RefundState.REFUSED)
        if back > attempt.amount_minor or (back and attempt.state != AttemptState.CAPTURED):
            yield f"I2: {back} of {attempt.amount_minor} go back of {attempt.id} ({attempt.state})"
    payers = Counter(b.paid_attempt_id for b in books.bookings.values() if b.paid_attempt_id)
    yield from (
        f"I2: {name} bought {times} bookings" for name, times in payers.items() if times > 1
    )


def _refunds(one: AtGateway, ours: Mapping[str, Row]) -> Iterator[str]:
    there = Counter(back.reference for back in one.refunds if back.state != "refused")
    for back in one.refunds:
        refund = ours.get(_id(back.reference)) if back.reference else None
        if refund is None or refund.amount_minor != back.minor:
            yield f"I2: refund {back.reference} of {back.minor} is not ours"
        if there[back.reference] > 1:
            yield f"I2: refund {back.reference} went {there[back.reference]} times"
    by_name = {back.reference: back for back in one.refunds}
    for refund in ours.values():
        back = by_name.get(_hex(refund.id))
        if refund.state in {"accepted", "done"} and back is None:
            yield f"I2: refund {refund.id} is {refund.state} and the gateway has none"
        if refund.state == "refused" and back is not None and back.state != "refused":
            yield f"I2: refund {refund.id} is refused with us and {back.state} at the gateway"


def _bought(books: Books, truth: Mapping[str, AtGateway]) -> Iterator[str]:
    decided = {change.attempt_id for change in books.payment_changes if change.cause == "person"}
    for booking in books.bookings.values():
        if booking.state not in _BOUGHT or not booking.price_minor:
            continue
        attempt = books.attempts.get(booking.paid_attempt_id)
        if attempt is None or attempt.state != AttemptState.CAPTURED:
            yield f"I3: booking {booking.id} is {booking.state} and not paid"
            continue
        paid = [books.attempts[one] for one in books.payments_of(booking) if one in books.attempts]
        for one in paid:
            real = truth.get(_hex(one.id))
            state = real.state if real else "unknown"
            state = one.state if one.provider == CREDIT else state
            known = state in {"paid", AttemptState.CAPTURED}
            if not known and not (state == "review" and one.id in decided):
                yield f"I3: booking {booking.id} is paid by {one.id}, at the gateway {state}"
            if one.in_vain or one.subject_id != booking.id:
                yield f"I3: booking {booking.id} is paid by money that is not its own"
        came = sum(one.amount_minor for one in paid)
        if came != booking.price_minor:
            yield f"I3: booking {booking.id} costs {booking.price_minor}, {came} was paid"


def _facts(books: Books, *, at_rest: bool) -> Iterator[str]:
    waiting = {row.event_id for row in books.receipts if row.state == "waiting"}
    for row in books.outbox:
        if row.state == "done" and row.id in waiting:
            yield f"I4: {row.event} {row.id} counts as done and was not delivered"
        if at_rest and row.state == "waiting" and row.deliver_at <= clock.now().timestamp():
            yield f"I4: {row.event} {row.id} is due and lies there"
    dead = [row for row in books.receipts if row.state == "dead"]
    yield from (f"I4: {row.listener} gave {row.event_id} up" for row in dead if at_rest)
    told = Counter(
        (row.event, row.payload.get("refund_id") or row.payload.get("attempt_id"))
        for row in books.outbox
    )
    for attempt in books.attempts.values():
        wanted = [("payments.captured.v1", 1)] if attempt.state == "captured" else []
        for name, times in wanted:
            if told[name, str(attempt.id)] != times:
                yield f"I4: {attempt.id} was told {told[name, str(attempt.id)]} times as {name}"
    for refund in books.refunds.values():
        paid = books.attempts.get(refund.attempt_id)
        by_credit = paid is not None and paid.provider == CREDIT  # done at once
        if not by_credit and not told["payments.send_refund.v1", str(refund.id)]:
            yield f"I4: nobody sends refund {refund.id}"


def _told(books: Books, told: Acknowledged) -> Iterator[str]:
    tables: Mapping[str, Mapping[str, Row]] = {
        "bookings": books.bookings,
        "attempts": books.attempts,
        "refunds": books.refunds,
    }
    for name, ids in told.ids.items():
        yield from (f"I7: {name} {one} was acknowledged" for one in ids - set(tables[name]))
    states = {row.id: row.state for rows in tables.values() for row in rows.values()}
    for name, allowed in told.last.items():
        if states.get(name) not in allowed:
            yield f"I7: {name} was said to be {sorted(allowed)}, it is {states.get(name)}"


def _rest(books: Books, known: Sequence[AtGateway]) -> Iterator[str]:
    """I2 where nothing is under way any more: all money is with a booking or went back."""
    done: Counter[str] = Counter()
    asked: Counter[str] = Counter()  # a refused one counts: it is visible, and people see to it
    for refund in books.refunds.values():
        if refund.state in _UNDER_WAY:
            yield f"I2: refund {refund.id} is still {refund.state}"
        done[refund.attempt_id] += refund.amount_minor if refund.state == "done" else 0
        asked[refund.attempt_id] += refund.amount_minor
    for attempt in books.attempts.values():
        if attempt.state in LIVE_STATES:
            yield f"I2: {attempt.id} is still {attempt.state}"
    for booking in books.bookings.values():
        if booking.state == BookingState.HELD:
            yield f"I1: booking {booking.id} is still held"
        went = sum(asked[one] for one in books.payments_of(booking))
        if booking.state == BookingState.CANCELLED and went < (booking.refund_minor or 0):
            yield f"I2: {booking.id} was promised {booking.refund_minor}, {went} goes back"
    payers = {booking.paid_attempt_id for booking in books.bookings.values()} | books.bought.keys()
    for one in known:
        attempt = books.attempts.get(_id(one.reference))
        if attempt is not None:
            yield from _kept(one, attempt, attempt.id in payers, (done, asked))


def _kept(
    one: AtGateway, attempt: Row, pays: bool, sums: tuple[Counter[str], Counter[str]]
) -> Iterator[str]:
    """What became of one payment's money."""
    done, asked = (found[attempt.id] for found in sums)
    if attempt.state != AttemptState.CAPTURED:
        if one.state == "paid":
            yield f"I2: {one.reference} is paid and with us {attempt.state}"
        return
    if pays == attempt.in_vain:
        yield f"I2: {one.reference} bought a booking: {pays}, came in vain: {attempt.in_vain}"
    if attempt.in_vain and asked < attempt.amount_minor:
        yield f"I2: {one.reference} came in vain and {asked} goes back"
    there = sum(each.minor for each in one.refunds if each.state == "done")
    if there != done:
        yield f"I2: of {one.reference} {done} went back with us, {there} at the gateway"
