"""What of a payee's share comes back: with refunds, and while a bank contests the payment.

A company takes a share back as the amount is of the payment, and rounds what the tenant kept and
gives back of it. So that is what is rounded here, counted from the sum of what came back before:
the parts add up to the whole.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import extensions
from cilis.domains.payments import providers, queries
from cilis.domains.payments.events import ShareTakenBack, TakeShareBack
from cilis.domains.payments.models import Attempt, Dispute, Refund
from cilis.domains.payments.service.alarms import alarm
from cilis.domains.payments.service.postings import post_share_of_dispute
from cilis.domains.payments.types import (
    BorneBy,
    DisputeState,
    RefundState,
    resend_pause,
)
from cilis.hooks.failures import PluginError, Refused
from cilis.hooks.manager import PluginFailed
from cilis.hooks.payment_parts import ShareBackOrder, ShareNotTaken
from cilis.infra import audit, outbox
from cilis.infra.db import transaction
from cilis.kit import clock
from cilis.kit.money import Money

log = logging.getLogger(__name__)


def share_of_refund(
    session: Session, attempt: Attempt, amount: Money, borne_by: BorneBy
) -> int | None:
    """What of a new refund comes out of the payee's share, in minor units; None for nothing.

    What the organization bears alone takes nothing; nor does a refund for whose money the share
    has come back before: with one that came to nothing afterwards, or in a dispute. Where that
    was so for a part of it only, the payee keeps the share of the rest, and the staff hear of it.
    """
    if attempt.share is None or borne_by != BorneBy.SHARED:
        return None
    others = queries.refunds_of(session, [attempt.id])[attempt.id]
    came = _came(session, attempt)
    went = sum(
        one.amount_minor
        for one in others
        if one.borne_by == BorneBy.SHARED and one.state != RefundState.REFUSED
    )
    if came <= went:
        return _part(attempt, came, amount)
    if came - went < amount.minor:  # a refund takes the share of all of it or of nothing
        detail = {"amount_minor": amount.minor, "covered_minor": came - went}
        audit.record(session, "payments.share_left", attempt.id, actor=None, detail=detail)
        alarm(session, attempt, "share")
    return None


def ask_share_back(session: Session, attempt: Attempt, dispute: Dispute) -> None:
    """The company lost a contested amount to the bank: it is to have the share of it back.

    The expert does not bear it. What was earned is owed again when the bank has decided.
    """
    if attempt.share is None or dispute.share_minor is not None:
        return
    came = _came(session, attempt)
    amount = Money(min(dispute.amount_minor, attempt.amount_minor - came), dispute.currency)
    if amount.minor <= 0:
        return
    dispute.share_minor = _part(attempt, came, amount)
    dispute.share_of_minor = amount.minor
    outbox.emit(session, TakeShareBack(dispute_id=dispute.id), subject=attempt.id)


def take_share_back(dispute_id: UUID, step: int) -> None:
    """Tell the company to take a share back; repeated until it did or says that it cannot.

    A no to a repeat says nothing of the call before, unless the company was looked at first.
    """
    case = _case(dispute_id)
    if case is None:
        return
    problem = _tell(case)
    with transaction() as session:
        attempt, dispute = queries.lock_dispute(session, dispute_id)
        if dispute.share_minor is None or dispute.share_back_at is not None:
            return
        if problem is None:
            dispute.share_back_at = clock.now()
            post_share_of_dispute(session, attempt, dispute)
            _report(session, attempt, dispute, "payments.share_taken_back")
        elif isinstance(problem, Refused) and (
            case.is_first or isinstance(problem, ShareNotTaken)
        ):  # then the expert keeps what was passed on
            dispute.share_minor = None
            _report(session, attempt, dispute, "payments.share_not_taken_back", problem.reason)
        else:
            if isinstance(problem, Refused):
                alarm(session, attempt, "share")
            event = TakeShareBack(dispute_id=dispute_id, step=step + 1)
            at = clock.now() + resend_pause(step)
            outbox.emit(session, event, at=at, subject=attempt.id)


@dataclass(frozen=True)
class _Case:
    active: extensions.Active | None
    order: ShareBackOrder
    is_first: bool  # no call before this one


def _case(dispute_id: UUID) -> _Case | None:
    """What the company is to be told; None where it need not be told any more.

    The call is counted before it is made: once told, the company may have taken the share, though
    the bank decided for us meanwhile.
    """
    with transaction() as session:
        attempt, dispute = queries.lock_dispute(session, dispute_id)
        if dispute.share_minor is None or dispute.share_back_at is not None:
            return None
        is_first = not dispute.share_times_told
        if dispute.state == DisputeState.WON and is_first:  # before it heard of it
            dispute.share_minor = None
            return None
        order = ShareBackOrder(
            reference=dispute.id.hex,
            payment=providers.question(attempt),
            provider_reference=attempt.provider_reference,
            amount=Money(_of(dispute), dispute.currency),
        )
        try:
            active = providers.gateway(session, attempt.provider)
        except extensions.ExtensionOff:
            return _Case(None, order, is_first)
        dispute.share_times_told += 1
    return _Case(active, order, is_first)


def _tell(case: _Case) -> Exception | None:
    if case.active is None:
        return TimeoutError("switched off")
    try:
        providers.ask(case.active, providers.ASK_SECONDS, "take_share_back", case.order)
    except (PluginError, PluginFailed) as problem:
        log.warning("%s took no share back: %s", case.active.key, providers.said(problem))
        return problem
    return None


def _report(
    session: Session, attempt: Attempt, dispute: Dispute, action: str, reason: str = ""
) -> None:
    detail = {"attempt_id": str(attempt.id), "share_minor": dispute.share_minor}
    if reason:
        detail["reason"] = reason
    audit.record(session, action, dispute.id, actor=None, detail=detail)
    told = ShareTakenBack(attempt_id=attempt.id, subject_id=attempt.subject_id)
    outbox.emit(session, told, subject=attempt.id)


def _of(thing: Refund | Dispute) -> int:
    """Of how much of the payment a share is, or was, to come back."""
    if isinstance(thing, Dispute) and thing.share_of_minor is not None:
        return thing.share_of_minor
    return thing.amount_minor


def _came(session: Session, attempt: Attempt) -> int:
    """Of how much of a payment the share is back, or on its way back."""
    found: list[Refund | Dispute] = [*queries.refunds_of(session, [attempt.id])[attempt.id]]
    found += queries.disputes_of(session, attempt.id)
    return sum(_of(one) for one in found if one.share_minor is not None)


def _part(attempt: Attempt, came: int, amount: Money) -> int | None:
    """What of the share belongs to so much more of the payment."""
    kept = Money(attempt.kept_minor or 0, attempt.currency)
    before, after = (
        part - kept.portion(part, attempt.amount_minor).minor
        for part in (came, came + amount.minor)
    )
    return after - before or None
