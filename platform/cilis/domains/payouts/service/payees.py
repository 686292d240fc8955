"""An expert says where the money goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import experts, identity, payments
from cilis.domains.payouts import queries
from cilis.domains.payouts.errors import PayoutNotFound
from cilis.domains.payouts.events import PayeeChanged
from cilis.domains.payouts.models import PayeeRow
from cilis.domains.payouts.service import accounts
from cilis.domains.payouts.service.postings import one_at_a_time
from cilis.domains.payouts.types import Destination, Payee, PayeeKind
from cilis.infra import audit, idempotency, outbox
from cilis.infra.db import reading, transaction
from cilis.kit import clock, ids
from cilis.kit.errors import InvalidInput
from cilis.kit.viewer import Caller, Viewer


def choose_payee(wish: Destination, password: str, viewer: Viewer, caller: Caller) -> Payee:
    """Keep the account to which the viewer's own money goes; the password is asked for again.

    After a change nothing is paid out for some days, so that whoever stole a session gains
    nothing by it and the expert, who is told, has time to say so.

    Raises:
        PayoutNotFound: the viewer is no expert.
        TooMany: too many tries.
        InvalidInput: the password is wrong, or the account cannot be one.
    """
    identity.confirm_password(viewer, password, caller)
    with reading() as session:
        expert_id = own_expert(session, viewer)
        wanted = accounts.checked(
            _own_number(session, wish, viewer), queries.transfer_gateways(session)
        )
    with transaction() as session:
        one_at_a_time(session)  # no batch is made of half an account
        row = session.get(PayeeRow, expert_id, with_for_update=True)
        if row is not None and queries.unsealed(row.sealed) == wanted:
            return queries.shown(row)
        locked = _locked_until(session, row)
        before = row.hint if row is not None else ""
        if row is None:
            row = PayeeRow(expert_id=expert_id)
            session.add(row)
        row.kind, row.provider = wanted.kind, wanted.provider
        row.hint, row.sealed = accounts.hint(wanted), accounts.seal(wanted)
        row.changed_at, row.locked_until = clock.now(), locked
        detail = {"kind": wanted.kind.value, "before": before, "after": row.hint}
        audit.record(
            session, "payouts.payee_changed", expert_id, actor=viewer.person, detail=detail
        )
        outbox.emit(session, PayeeChanged(expert_id=expert_id, change_id=ids.new()))
        idempotency.made(session, expert_id)
        session.flush()
        return queries.shown(row)


def _own_number(session: Session, wish: Destination, viewer: Viewer) -> Destination:
    """Where accounts are opened from here, nobody types a number: it is the one's own."""
    if wish.kind != PayeeKind.CONNECTED or wish.provider not in payments.opening(session):
        return wish
    known = payments.payee_standing(session, viewer.person, wish.provider)
    if known is None or not known.takes_money or wish.number.strip() not in {"", known.account}:
        raise InvalidInput({"number": ["account_not_open"]})
    return replace(wish, number=known.account)


def own_expert(session: Session, viewer: Viewer) -> UUID:
    """The expert that the viewer is; raises PayoutNotFound."""
    found = experts.expert_of_person(session, viewer.person)
    if found is None:
        raise PayoutNotFound(f"{viewer.person} is no expert")
    return found


def _locked_until(session: Session, row: PayeeRow | None) -> datetime | None:
    """The first account is not locked: there is nothing yet that it could lead astray."""
    if row is None:
        return None
    return clock.now() + timedelta(days=queries.rules(session).lock_days)
