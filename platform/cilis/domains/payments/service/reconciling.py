"""The comparison of a gateway's day with ours: daily by a timer, or by a file that staff brings."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cilis.domains import extensions
from cilis.domains.payments import providers
from cilis.domains.payments.errors import NoSettlementFile
from cilis.domains.payments.events import DifferencesFound, ReconcileDay
from cilis.domains.payments.models import PaymentDifference, Reconciliation
from cilis.domains.payments.service import comparing
from cilis.domains.payments.types import Difference, DifferenceState, Source
from cilis.hooks.failures import PluginError
from cilis.hooks.manager import PluginFailed, plugins
from cilis.hooks.payments import ListsSettled, ReadsSettlements, Settled
from cilis.infra import audit, idempotency, outbox
from cilis.infra.db import reading, transaction
from cilis.kit import clock, ids
from cilis.kit.errors import InvalidInput
from cilis.kit.viewer import Viewer

PAUSE = timedelta(hours=2)
"""How long after a day's end it is compared, so that the gateway has closed it."""
_ONE_DAY = timedelta(days=1)


def plan(provider: str) -> None:
    """See to it that the present day of a gateway is compared; a repeat changes nothing.

    Money that people write down has no gateway whose books could differ.
    """
    if providers.is_by_hand(provider):
        return
    with transaction() as session:
        _plan(session, provider, clock.now().astimezone(UTC).date())


def reconcile_day(provider: str, day: date) -> None:
    """Compare a gateway's day with ours, and set the timer of the next day.

    A gateway that was switched off meanwhile is left alone until money comes by it again. One
    that does not answer makes the timer come again.
    """
    try:
        with reading() as session:
            active = providers.gateway(session, provider)
    except extensions.ExtensionOff:
        return
    since, until = _bounds(day)
    offer = plugins.get(providers.KIND, provider)
    if isinstance(offer, ListsSettled):
        listed = extensions.call(
            active,
            providers.LIST_SECONDS,
            "list_settled",
            since - comparing.EDGE,
            until + comparing.EDGE,
            active.settings,
        )
        compared, source = comparing.against_list(active, listed, since, until), Source.LIST
    else:
        compared = comparing.against_answers(active, since, until)
        source = Source.QUESTIONS
    with transaction() as session:
        _write(session, (provider, day, source), compared)
        _plan(session, provider, max(day + _ONE_DAY, clock.now().astimezone(UTC).date()))


def read_settlement(provider: str, day: date, file: bytes, viewer: Viewer) -> Reconciliation:
    """Compare a gateway's own file of a day with our books.

    Raises:
        NoSettlementFile: the gateway has none, or this is none.
        InvalidInput: a day that is still to come.
    """
    if day > clock.now().astimezone(UTC).date():
        raise InvalidInput({"day": ["in_the_future"]})
    try:
        with reading() as session:
            active = providers.gateway(session, provider)
        if not isinstance(plugins.get(providers.KIND, provider), ReadsSettlements):
            raise NoSettlementFile(f"{provider} has no file")
        listed: list[Settled] = list(
            providers.ask(active, providers.ASK_SECONDS, "read_settlement", file)
        )
        compared = comparing.against_list(active, listed, *_bounds(day))
    except (PluginError, PluginFailed, extensions.ExtensionOff) as problem:
        raise NoSettlementFile(providers.said(problem)) from problem
    with transaction() as session:
        row = _write(session, (provider, day, Source.FILE), compared)
        detail = {"provider": provider, "day": day.isoformat(), "lines": len(listed)}
        audit.record(
            session, "payments.settlement_read", row.id, actor=viewer.person, detail=detail
        )
        idempotency.made(session, row.id)
    return row


def _plan(session: Session, provider: str, day: date) -> None:
    row = {"id": ids.new(), "provider": provider, "day": day, "checked": 0, "found": 0}
    made = session.execute(
        insert(Reconciliation).values(**row).on_conflict_do_nothing().returning(Reconciliation.id)
    ).scalar()
    if made is not None:
        event = ReconcileDay(provider=provider, day=day.isoformat())
        outbox.emit(session, event, at=_bounds(day)[1] + PAUSE)


def _write(
    session: Session, what: tuple[str, date, Source], compared: comparing.Compared
) -> Reconciliation:
    provider, day, source = what
    row = _row(session, provider, day)
    new = [one for one in compared.found if _keep(session, provider, day, one)]
    _close_gone(session, row, compared)
    row.source, row.ran_at = source, clock.now()
    row.checked, row.found = compared.checked, len(compared.found)
    session.flush()
    detail = {"provider": provider, "day": day.isoformat(), "source": source.value}
    detail |= {"checked": str(row.checked), "found": str(row.found)}
    audit.record(session, "payments.reconciled", row.id, actor=None, detail=detail)
    event = DifferencesFound(reconciliation_id=row.id, provider=provider, number=len(new))
    outbox.emit(session, event)
    return row


def _row(session: Session, provider: str, day: date) -> Reconciliation:
    """The day's row, locked; two comparisons of one day go one after the other."""
    values = {"id": ids.new(), "provider": provider, "day": day, "checked": 0, "found": 0}
    session.execute(insert(Reconciliation).values(**values).on_conflict_do_nothing())
    return session.scalars(
        sa.select(Reconciliation)
        .where(Reconciliation.provider == provider, Reconciliation.day == day)
        .with_for_update()
    ).one()


def _keep(session: Session, provider: str, day: date, found: comparing.Found) -> bool:
    """Write a difference down; False when it is known, whatever was decided about it."""
    made = session.execute(
        insert(PaymentDifference)
        .values(
            id=ids.new(),
            provider=provider,
            day=day,
            kind=found.kind,
            reference=found.reference,
            provider_reference=found.provider_reference,
            attempt_id=found.attempt_id,
            refund_id=found.refund_id,
            is_refund=found.is_refund,
            ours_minor=found.ours,
            theirs_minor=found.theirs,
            currency=found.currency,
            state=DifferenceState.OPEN,
            found_at=clock.now(),
        )
        .on_conflict_do_nothing()
        .returning(PaymentDifference.id)
    ).scalar()
    return made is not None


def _close_gone(session: Session, row: Reconciliation, compared: comparing.Compared) -> None:
    """What this day differed in before and does no longer has settled itself."""
    still = {(one.kind, one.reference) for one in compared.found}
    before = sa.select(PaymentDifference).where(
        PaymentDifference.provider == row.provider,
        PaymentDifference.day == row.day,
        PaymentDifference.state == DifferenceState.OPEN,
        # a list that names no such thing cannot say that it is gone
        PaymentDifference.kind != Difference.MISSING_WITH_US,
    )
    for one in session.scalars(before.with_for_update()):
        if (one.kind, one.reference) not in still:
            one.state, one.settled_at = DifferenceState.REPAIRED, clock.now()
            one.reason = "agrees"


def _bounds(day: date) -> tuple[datetime, datetime]:
    since = datetime.combine(day, time(), UTC)
    return since, since + _ONE_DAY
