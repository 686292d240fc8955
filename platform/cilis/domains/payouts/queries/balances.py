"""What experts are owed, by the ledger: a page of experts costs a few queries, however many."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains import experts, extensions, ledger, payments
from cilis.domains.ledger import Account, AccountKind, PostingKind
from cilis.domains.payouts.models import Payout
from cilis.domains.payouts.queries.payees import payees, sealed
from cilis.domains.payouts.queries.rules import rules, unsealed
from cilis.domains.payouts.types import (
    OPEN_STATES,
    Candidate,
    Obstacle,
    Payee,
    PayeeKind,
    PayoutRules,
    PayoutState,
    Standing,
)
from cilis.hooks.manager import plugins
from cilis.hooks.transfers import TransferProvider
from cilis.kit import clock
from cilis.kit.errors import InvalidInput
from cilis.kit.money import Money
from cilis.kit.pagination import Page, decode_cursor, encode_cursor

PAYMENTS = "payments"
_CHUNK = 500
# what was passed on already is not held, and not paid
_EARNINGS = (PostingKind.EARNED, PostingKind.OFFSET)


def payable(expert_id: UUID) -> Account:
    """The ledger's account of what an expert has earned and not got yet."""
    return Account(AccountKind.PAYABLE, str(expert_id))


def standings(session: Session, expert_ids: Collection[UUID]) -> dict[UUID, Standing]:
    """How some experts stand; every one asked for has an entry. Three queries."""
    return _standings(session, expert_ids, rules(session))


def standings_page(
    session: Session, *, cursor: str | None = None, limit: int = 20
) -> Page[Standing]:
    """Experts with whom something is open, in the order in which they joined."""
    known = rules(session)
    after = _after(cursor)
    found = list(islice(_open_experts(session, known.currency, after), limit + 1))
    shown = found[:limit]
    by_id = _standings(session, shown, known)
    mark = encode_cursor(str(shown[-1])) if len(found) > limit else None
    return Page([by_id[one] for one in shown], mark)


def candidates(session: Session, chosen: Collection[UUID] | None = None) -> list[Candidate]:
    """Who can be paid now, and who not and why; all with money on the account, or the chosen."""
    known, now = rules(session), clock.now()
    if chosen is None:
        wanted = [
            UUID(each.account.owner)
            for each in ledger.balances(session, AccountKind.PAYABLE)
            if each.amount.currency == known.currency and each.amount.minor > 0
        ]
    else:
        wanted = sorted(set(chosen))
    offered = transfer_gateways(session)
    found: list[Candidate] = []
    for start in range(0, len(wanted), _CHUNK):
        part = wanted[start : start + _CHUNK]
        stand, accounts = _standings(session, part, known), payees(session, part)
        shut = _shut(session, accounts.values())
        for one in part:
            payee = accounts.get(one)
            obstacle = _obstacle(stand[one], payee, known, offered, now)
            if obstacle is None and one in shut:
                obstacle = Obstacle.NOT_READY
            found.append(Candidate(stand[one], payee, obstacle))
    return found


def transfer_gateways(session: Session) -> Sequence[str]:
    """The gateways that are switched on and pay experts by today's settings, by key."""
    return [active.key for active in extensions.active(session, PAYMENTS) if _sends(active)]


def _shut(session: Session, found: Collection[Payee]) -> set[UUID]:
    """The experts at whose account with a payment company nothing arrives.

    Nor is anything sent, where accounts are opened from here, to another than the one known there.
    """
    shut: set[UUID] = set()
    connected = [one for one in found if one.kind == PayeeKind.CONNECTED]
    if not connected:
        return shut
    cards = experts.cards(session, [one.expert_id for one in connected])
    kept, opened_here = sealed(session, cards), payments.opening(session)
    for provider in {one.provider for one in connected}:
        own = {
            cards[one.expert_id].person_id: one.expert_id
            for one in connected
            if one.provider == provider and one.expert_id in cards
        }
        known = payments.payee_standings(session, own, provider)
        shut |= {
            own[person]
            for person, row in known.items()
            if not row.takes_money
            or (provider in opened_here and row.account != unsealed(kept[own[person]]).number)
        }
    return shut


def _sends(active: extensions.Active) -> bool:
    found: object = plugins.get(PAYMENTS, active.key)
    if not isinstance(found, TransferProvider):
        return False
    return active.settings.get(found.sending.setting) in found.sending.values


def _obstacle(
    stand: Standing,
    payee: Payee | None,
    known: PayoutRules,
    offered: Collection[str],
    now: datetime,
) -> Obstacle | None:
    if stand.available.is_zero:
        return Obstacle.NOTHING
    if stand.available.minor < known.minimum_minor:
        return Obstacle.TOO_LITTLE
    if payee is None:
        return Obstacle.NO_PAYEE
    if payee.is_locked(now):
        return Obstacle.LOCKED
    if payee.kind == PayeeKind.CONNECTED and payee.provider not in offered:
        return Obstacle.NOT_HERE
    return None


def _standings(
    session: Session, expert_ids: Collection[UUID], known: PayoutRules
) -> dict[UUID, Standing]:
    owners = {str(one): one for one in expert_ids}
    if not owners:
        return {}
    kind, currency = AccountKind.PAYABLE, known.currency
    owed = ledger.balances_of(session, kind, owners, currency)
    since = clock.now() - timedelta(days=known.holding_days)
    held = ledger.lately(session, kind, owners, currency, since=since, why=_EARNINGS)
    sums = _sums(session, expert_ids, currency)
    return {
        one: Standing(
            expert_id=one,
            owed=owed[owner],
            held=Money(held.get(owner, 0), currency),
            under_way=Money(sums.get((one, True), 0), currency),
            paid=Money(sums.get((one, False), 0), currency),
        )
        for owner, one in owners.items()
    }


def _sums(
    session: Session, expert_ids: Collection[UUID], currency: str
) -> dict[tuple[UUID, bool], int]:
    """What is under way (True) and what was paid (False), by expert."""
    is_open = Payout.state.in_(OPEN_STATES)
    found = session.execute(
        sa.select(Payout.expert_id, is_open, sa.func.sum(Payout.amount_minor))
        .where(
            Payout.expert_id.in_(expert_ids),
            Payout.currency == currency,
            Payout.state.in_((*OPEN_STATES, PayoutState.PAID)),
        )
        .group_by(Payout.expert_id, is_open)
    )
    return {(expert_id, bool(open_)): int(minor) for expert_id, open_, minor in found}


def _open_experts(session: Session, currency: str, after: str) -> Iterator[UUID]:
    """Experts with a balance or with money under way, by id."""
    open_ids = sorted(
        str(one)
        for one in session.scalars(
            sa.select(Payout.expert_id).where(Payout.state.in_(OPEN_STATES)).distinct()
        )
    )
    waiting = iter(one for one in open_ids if one > after)
    coming = next(waiting, None)
    for each in ledger.balances(session, AccountKind.PAYABLE, after=after):
        owner = each.account.owner
        if each.amount.currency != currency:
            continue
        is_open = owner == coming
        while coming is not None and coming <= owner:
            coming = next(waiting, None)
        if is_open or not each.amount.is_zero:
            yield UUID(owner)


def _after(cursor: str | None) -> str:
    if cursor is None:
        return ""
    try:
        return str(UUID(str(decode_cursor(cursor, 1)[0])))
    except ValueError as problem:
        raise InvalidInput({"cursor": ["not_a_cursor"]}) from problem
