"""An expert's month, read from the ledger itself, so that it cannot say anything else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains import bookings, ledger, tenants
from cilis.domains.ledger import AccountKind, Line, Posted, PostingKind
from cilis.domains.payouts.errors import StatementNotFound
from cilis.domains.payouts.models import Adjustment, Payout, PayoutBatch
from cilis.domains.payouts.queries.balances import payable
from cilis.domains.payouts.queries.rules import rules
from cilis.domains.payouts.types import Month, Statement, StatementLine
from cilis.kit import clock
from cilis.kit.money import Money

_MOMENT = timedelta(microseconds=1)  # PostgreSQL's smallest step
_MOST_MONTHS = 24


def month(session: Session, key: str) -> Month:
    """The month of an address, in the organization's zone; raises StatementNotFound."""
    try:
        year, number = key.split("-")
        first = date(int(year), int(number), 1)
    except ValueError as problem:
        raise StatementNotFound(key) from problem
    found = _month(first, ZoneInfo(tenants.organization(session).time_zone))
    if found.key != key or found.begin > clock.now() or first.year < 2000:
        raise StatementNotFound(key)
    return found


def months(session: Session, expert_id: UUID) -> Sequence[Month]:
    """The months for which an expert has a statement, newest first; at most two years."""
    zone = ZoneInfo(tenants.organization(session).time_zone)
    account, currency = payable(expert_id), rules(session).currency
    first = ledger.first_line(session, account, currency)
    if first is None:
        return []
    found: list[Month] = []
    at = clock.now().astimezone(zone).date().replace(day=1)
    while len(found) < _MOST_MONTHS and at >= first.astimezone(zone).date().replace(day=1):
        found.append(_month(at, zone))
        at = (at - timedelta(days=1)).replace(day=1)
    return found


def statement(session: Session, expert_id: UUID, wanted: Month) -> Statement:
    """Everything that changed an expert's balance in a month; a few queries, however many lines.

    It closes with what its lines add up to, which is what the ledger says of that instant; asked
    for by itself, the balance of a month that still runs could be younger than the lines.
    """
    account, currency = payable(expert_id), rules(session).currency
    opening = ledger.balance(session, account, currency, wanted.begin - _MOMENT)
    found = ledger.lines(session, account, currency, since=wanted.begin, until=wanted.end)
    lines = _lines(session, found, opening)
    return Statement(
        expert_id=expert_id,
        month=wanted,
        opening=opening,
        closing=lines[-1].balance if lines else opening,
        lines=lines,
        is_final=wanted.end <= clock.now(),
    )


def _month(first: date, zone: ZoneInfo) -> Month:
    after = (first + timedelta(days=32)).replace(day=1)
    begin, end = (datetime.combine(day, time(), zone).astimezone(UTC) for day in (first, after))
    return Month(first, begin, end)


def _lines(session: Session, found: Sequence[Line], opening: Money) -> list[StatementLine]:
    changes: dict[UUID, Money] = {}
    for line in found:  # one line of a statement for each posting
        before = changes.get(line.posting_id, Money(0, opening.currency))
        changes[line.posting_id] = before + line.change
    posted = ledger.postings(session, changes.keys())
    words = _words(session, list(posted.values()))
    balance, made = opening, []
    for posting_id, change in changes.items():
        posting = posted[posting_id]
        balance += change
        reference, note = words.get(posting.subject_id, ("", ""))
        gross, commission, tax = _shares(posting, change)
        made.append(
            StatementLine(
                at=posting.at,
                kind=posting.kind.value,
                subject_id=posting.subject_id,
                reference=reference,
                note=note,
                gross=gross,
                commission=commission,
                tax=tax,
                change=change,
                balance=balance,
            )
        )
    return made


def _shares(posting: Posted, net: Money) -> tuple[Money | None, Money | None, Money | None]:
    """Gross, commission and tax of what was earned; what rounding left over is commission."""
    if posting.kind != PostingKind.EARNED:
        return None, None, None
    moved = {account.kind: amount for account, amount in ledger.sums([posting]).items()}
    zero = Money(0, net.currency)
    commission = moved.get(AccountKind.COMMISSION, zero) + moved.get(AccountKind.ROUNDING, zero)
    tax = moved.get(AccountKind.TAX, zero)
    return net + commission + tax, commission, tax


def _words(session: Session, posted: Sequence[Posted]) -> dict[UUID, tuple[str, str]]:
    """Reference and note of what postings are about, by subject."""
    subjects: dict[PostingKind, set[UUID]] = {}
    for posting in posted:
        subjects.setdefault(posting.kind, set()).add(posting.subject_id)
    earned = subjects.pop(PostingKind.EARNED, set()) | subjects.pop(PostingKind.OFFSET, set())
    found = {one: (code, "") for one, code in bookings.references(session, earned).items()}
    adjusted = subjects.pop(PostingKind.ADJUSTED, set())
    if adjusted:
        reasons = sa.select(Adjustment.id, Adjustment.reason).where(Adjustment.id.in_(adjusted))
        found |= {one: ("", reason) for one, reason in session.execute(reasons)}
    others = set().union(*subjects.values()) if subjects else set()
    if others:
        wanted = (
            sa.select(Payout.id, PayoutBatch.reference, Payout.hint)
            .join(PayoutBatch, PayoutBatch.id == Payout.batch_id)
            .where(Payout.id.in_(others))
        )
        found |= {one: (code, hint) for one, code, hint in session.execute(wanted)}
    return found
