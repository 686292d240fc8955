"""Correcting a balance by hand: with a reason, and by two people where it is much."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import experts
from cilis.domains.payouts import queries
from cilis.domains.payouts.errors import AdjustmentDecided, OwnBalance, SecondPersonNeeded
from cilis.domains.payouts.events import BalanceAdjusted
from cilis.domains.payouts.models import Adjustment
from cilis.domains.payouts.service.postings import one_at_a_time, post_adjusted
from cilis.domains.payouts.types import MOST_MINOR, AdjustmentState
from cilis.infra import audit, idempotency, outbox
from cilis.infra.db import transaction
from cilis.kit import clock, ids
from cilis.kit.errors import InvalidInput
from cilis.kit.viewer import Viewer


def adjust(expert_id: UUID, amount_minor: int, reason: str, viewer: Viewer) -> Adjustment:
    """Add to an expert's balance, or take away (negative). It counts at once up to the limit.

    Raises:
        ExpertNotFound: no such expert.
        OwnBalance: nobody corrects their own.
        InvalidInput: nothing, or too much.
    """
    if not 0 < abs(amount_minor) <= MOST_MINOR:
        raise InvalidInput({"amount": ["out_of_range"]})
    with transaction() as session:
        _refuse_own(session, expert_id, viewer)
        known = queries.rules(session)
        waits = abs(amount_minor) > known.approval_above_minor
        made = Adjustment(
            id=ids.new(),
            expert_id=expert_id,
            amount_minor=amount_minor,
            currency=known.currency,
            reason=reason,
            state=AdjustmentState.WAITING if waits else AdjustmentState.DONE,
            asked_by=viewer.person,
            asked_at=clock.now(),
            decided_at=None if waits else clock.now(),
        )
        session.add(made)
        session.flush()
        if not waits:
            one_at_a_time(session)
            post_adjusted(session, made)
        _tell(session, made, "adjustment_asked" if waits else "adjusted", viewer)
        idempotency.made(session, made.id)
        return made


def decide_adjustment(adjustment_id: UUID, viewer: Viewer, *, accept: bool) -> Adjustment:
    """The second person's word.

    Raises:
        AdjustmentNotFound: no such correction.
        AdjustmentDecided: it was decided before.
        SecondPersonNeeded: the viewer asked for it. To refuse it oneself is to withdraw it.
        OwnBalance: it is about the viewer's own balance.
    """
    with transaction() as session:
        found = queries.adjustment(session, adjustment_id, lock=True)
        if found.state != AdjustmentState.WAITING:
            raise AdjustmentDecided(f"{adjustment_id} is {found.state}")
        _refuse_own(session, found.expert_id, viewer)
        if accept and viewer.person == found.asked_by:
            raise SecondPersonNeeded(f"{viewer.person} on {adjustment_id}")
        found.state = AdjustmentState.DONE if accept else AdjustmentState.REFUSED
        found.decided_by, found.decided_at = viewer.person, clock.now()
        if accept:
            one_at_a_time(session)
            post_adjusted(session, found)
        _tell(session, found, "adjusted" if accept else "adjustment_refused", viewer)
        idempotency.made(session, found.id)
        return found


def _refuse_own(session: Session, expert_id: UUID, viewer: Viewer) -> None:
    if experts.card(session, expert_id).person_id == viewer.person:
        raise OwnBalance(f"{viewer.person} is {expert_id}")


def _tell(session: Session, about: Adjustment, deed: str, viewer: Viewer) -> None:
    detail = {"amount_minor": about.amount_minor, "reason": about.reason}
    audit.record(session, f"payouts.{deed}", about.expert_id, actor=viewer.person, detail=detail)
    told = BalanceAdjusted(adjustment_id=about.id, expert_id=about.expert_id)
    outbox.emit(session, told, subject=about.id)
