"""What a gateway says beside what we say, thing by thing. Reads and asks; writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from cilis.domains import extensions
from cilis.domains.payments import providers, queries
from cilis.domains.payments.models import Attempt, Refund
from cilis.domains.payments.types import AttemptState, Difference, RefundState
from cilis.hooks.payments import Outcome, PaymentNews, RefundNews, RefundOutcome, Settled
from cilis.infra.db import reading
from cilis.kit.money import Money

EDGE = timedelta(hours=1)
"""A gateway may count what happens around midnight to the other day."""


@dataclass(frozen=True, slots=True)
class Found:
    """One difference. ``ours`` and ``theirs``: null where that side knows of no money."""

    kind: Difference
    reference: str
    currency: str
    ours: int | None
    theirs: int | None
    attempt_id: UUID | None = None
    refund_id: UUID | None = None
    provider_reference: str = ""
    is_refund: bool = False


@dataclass
class Compared:
    """How many things were looked at, and what differed."""

    checked: int = 0
    found: list[Found] = field(default_factory=list)


def against_list(
    active: extensions.Active, listed: Sequence[Settled], since: datetime, until: datetime
) -> Compared:
    """Compare a gateway's list; what it leaves out is asked about before it counts as missing."""
    with reading() as session:
        came, went = queries.settled_between(session, active.key, since, until)
        attempts, refunds = queries.known(
            session,
            _ids(one for one in listed if not one.is_refund),
            _ids(one for one in listed if one.is_refund),
        )
        parents, _ = queries.known(session, {one.attempt_id for one in refunds.values()}, ())
        others = queries.refunds_of(session, {attempt.id for _, attempt in went})
    attempts = {name: one for name, one in attempts.items() if one.provider == active.key}
    refunds = {
        n: one for n, one in refunds.items() if parents[one.attempt_id].provider == active.key
    }
    unnamed = [one for one in listed if one.is_refund and not one.reference]
    named = [one for one in listed if one not in unnamed]
    result = Compared(len(listed) + len(came) + len(went))
    for theirs in named:
        result.found += _beside(theirs, attempts, refunds)
    left = _without_named(unnamed, went, result)
    seen = {_id(one.reference) for one in named}
    for attempt in came:
        if attempt.id not in seen:
            result.found += asked_payment(active, attempt)
    for refund, attempt in left:
        if refund.id not in seen:
            result.found += asked_refund(active, attempt, refund, others[attempt.id])
    return result


def against_answers(active: extensions.Active, since: datetime, until: datetime) -> Compared:
    """Ask about each payment of a period, where the gateway has no list."""
    with reading() as session:
        opened = queries.opened_between(session, active.key, since, until)
        came, went = queries.settled_between(session, active.key, since, until)
        others = queries.refunds_of(session, {attempt.id for _, attempt in went})
    attempts = {one.id: one for one in (*opened, *came)}
    result = Compared(len(attempts) + len(went))
    for attempt in attempts.values():
        result.found += asked_payment(active, attempt)
    for refund, attempt in went:
        result.found += asked_refund(active, attempt, refund, others[attempt.id])
    return result


def ask_about(active: extensions.Active, attempt: Attempt) -> PaymentNews:
    """What the gateway says of a payment now; raises what plugins raise."""
    news: PaymentNews = providers.ask(
        active, providers.ASK_SECONDS, "query", providers.question(attempt)
    )
    return news


def ask_about_refund(
    active: extensions.Active, attempt: Attempt, refund: Refund, others: Sequence[Refund]
) -> RefundNews:
    """What the gateway says of a refund now; raises what plugins raise."""
    order = providers.refund_order(attempt, refund, others)
    news: RefundNews = providers.ask(active, providers.ASK_SECONDS, "query_refund", order)
    return news


def asked_payment(active: extensions.Active, attempt: Attempt) -> Iterator[Found]:
    """Ask about one payment, and compare."""
    yield from of_news(attempt, ask_about(active, attempt))


def asked_refund(
    active: extensions.Active, attempt: Attempt, refund: Refund, others: Sequence[Refund]
) -> Iterator[Found]:
    """Ask about one refund, and compare."""
    yield from of_refund_news(refund, ask_about_refund(active, attempt, refund, others))


def of_news(attempt: Attempt, news: PaymentNews) -> Iterator[Found]:
    """The difference between an attempt and an answer about it, if there is one."""
    paid = news.outcome == Outcome.PAID
    ours = attempt.amount_minor if attempt.state == AttemptState.CAPTURED else None
    theirs = (news.amount.minor if news.amount else attempt.amount_minor) if paid else None
    if paid and news.amount is not None and news.amount != attempt.amount:
        yield _of_attempt(Difference.AMOUNT_DIFFERS, attempt, ours, theirs)
    elif paid and ours is None and attempt.state != AttemptState.REVIEW:
        yield _of_attempt(Difference.STATE_DIFFERS, attempt, ours, theirs)
    elif ours is not None and not paid:
        unknown = news.outcome == Outcome.UNKNOWN
        kind = Difference.MISSING_AT_GATEWAY if unknown else Difference.STATE_DIFFERS
        if news.outcome != Outcome.REVIEW:  # a person took it in, and the bank still doubts
            yield _of_attempt(kind, attempt, ours, None)


def of_refund_news(refund: Refund, news: RefundNews) -> Iterator[Found]:
    """The difference between a refund and an answer about it, if there is one."""
    done = refund.state == RefundState.DONE
    if done and news.outcome == RefundOutcome.REFUSED:
        yield _of_refund(Difference.STATE_DIFFERS, refund, refund.amount_minor, None)
    elif not done and news.outcome == RefundOutcome.DONE:
        yield _of_refund(Difference.STATE_DIFFERS, refund, None, refund.amount_minor)


def _beside(
    theirs: Settled, attempts: dict[UUID, Attempt], refunds: dict[UUID, Refund]
) -> Iterator[Found]:
    name, amount = _id(theirs.reference), theirs.amount
    refund = refunds.get(name) if name and theirs.is_refund else None
    attempt = attempts.get(name) if name and not theirs.is_refund else None
    if refund is not None:
        yield from _two(refund, amount, settled=refund.state == RefundState.DONE)
    elif attempt is not None:
        yield from _two(attempt, amount, settled=attempt.state == AttemptState.CAPTURED)
    else:
        yield _unknown(theirs)


def _two(thing: Attempt | Refund, amount: Money, *, settled: bool) -> Iterator[Found]:
    ours = thing.amount_minor if settled else None
    kind = None
    if thing.amount != amount:
        kind = Difference.AMOUNT_DIFFERS
    elif not settled:
        kind = Difference.STATE_DIFFERS
    if kind is None:
        return
    if isinstance(thing, Refund):
        yield _of_refund(kind, thing, ours, amount.minor)
    else:
        yield _of_attempt(kind, thing, ours, amount.minor)


def _without_named(
    unnamed: Iterable[Settled], went: Sequence[tuple[Refund, Attempt]], result: Compared
) -> list[tuple[Refund, Attempt]]:
    """Match refunds that carry no reference of ours by payment and amount; returns what is left."""
    left = list(went)
    for theirs in unnamed:
        fits = next(
            (
                pair
                for pair in left
                if pair[1].id == _id(theirs.payment_reference) and pair[0].amount == theirs.amount
            ),
            None,
        )
        if fits is None:
            result.found.append(_unknown(theirs))
        else:
            left.remove(fits)
    return left


def _unknown(theirs: Settled) -> Found:
    name = theirs.reference or f"{theirs.payment_reference}:{theirs.provider_reference}"
    return Found(
        Difference.MISSING_WITH_US,
        name[:160],
        theirs.amount.currency,
        None,
        theirs.amount.minor,
        provider_reference=theirs.provider_reference,
        is_refund=theirs.is_refund,
    )


def _of_attempt(kind: Difference, attempt: Attempt, ours: int | None, theirs: int | None) -> Found:
    return Found(
        kind,
        attempt.reference,
        attempt.currency,
        ours,
        theirs,
        attempt_id=attempt.id,
        provider_reference=attempt.provider_reference,
    )


def _of_refund(kind: Difference, refund: Refund, ours: int | None, theirs: int | None) -> Found:
    return Found(
        kind,
        refund.reference,
        refund.currency,
        ours,
        theirs,
        attempt_id=refund.attempt_id,
        refund_id=refund.id,
        provider_reference=refund.provider_reference,
        is_refund=True,
    )


def _ids(listed: Iterable[Settled]) -> list[UUID]:
    return [name for one in listed if (name := _id(one.reference)) is not None]


def _id(reference: str) -> UUID | None:
    try:
        return UUID(hex=reference)
    except ValueError:
        return None
