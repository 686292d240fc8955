"""Opening an attempt, sending the client to the gateway, and giving an attempt up."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import extensions, identity
from cilis.domains.payments import providers, queries
from cilis.domains.payments.errors import AlreadyPaid, GatewayUnavailable, PaymentOver
from cilis.domains.payments.events import AskGateway, CloseAtGateway
from cilis.domains.payments.models import Attempt
from cilis.domains.payments.queries import ways
from cilis.domains.payments.service.moves import move, note
from cilis.domains.payments.types import LIVE_STATES, About, AttemptState, Cause, Step, ask_times
from cilis.hooks.failures import PluginError, Refused
from cilis.hooks.manager import PluginFailed
from cilis.hooks.payments import PaymentOrder, Share, StartedPayment
from cilis.infra import faults, outbox
from cilis.infra.db import reading, transaction
from cilis.infra.http.addresses import absolute
from cilis.kit import clock, ids
from cilis.kit.money import Money

log = logging.getLogger(__name__)

OUT_OF_TURN = -1
_HURRY_AFTER = timedelta(seconds=3)


def open_attempt(  # noqa: PLR0913 - facts of one payment, each by its name
    session: Session,
    *,
    subject_id: UUID,
    payer_id: UUID,
    payee_id: UUID | None = None,
    amount: Money,
    provider: str,
    description: str,
    expires_at: datetime,
    share: Money | None = None,
    further: bool = False,
    about: About = About.BOOKING,
) -> UUID:
    """Write down that money is about to be asked for; returns the attempt's id.

    ``provider`` is the key of a `Method`: a provider's, or "provider:way". ``share`` is what
    the payee earns of it, where that is known already: a company that passes shares on, and knows
    an account of the payee's, then passes it on at once.

    Earlier attempts for the same thing are given up and closed at their gateways. The first
    question to the gateway is set here already, so that a crash after this commit is found.
    A ``further`` one asks for more money for a thing that is paid: the caller knows why.

    Raises:
        AlreadyPaid: the money for this thing has come.
        MethodNotOffered: the gateway is switched off or does not take this currency.
    """
    chosen = ways.method(session, provider, amount.currency)
    for earlier in queries.live_of(session, subject_id):
        _give_up(session, earlier)
    if not further and queries.is_paid(session, subject_id):
        raise AlreadyPaid(f"{subject_id} is paid")
    account = queries.account_that_takes(session, payee_id, chosen.provider)
    passed = providers.passed_on(session, chosen.provider, share) if account else None
    attempt = Attempt(
        id=ids.new(),
        subject_id=subject_id,
        payer_id=payer_id,
        payee_id=payee_id,
        provider=chosen.provider,
        way=chosen.way,
        amount_minor=amount.minor,
        currency=amount.currency,
        about=about,
        description=description[:255],
        payee_account=account,
        kept_minor=amount.minor - passed.minor if passed is not None else None,
        state=AttemptState.CREATED,
        created_at=clock.now(),
        expires_at=expires_at,
    )
    session.add(attempt)
    session.flush()
    note(session, attempt, Step(Cause.OPENED, actor=payer_id))
    first = ask_times(attempt.created_at, expires_at, by_hand=chosen.by_hand)[0]
    outbox.emit(session, AskGateway(attempt_id=attempt.id, step=0), at=first, subject=attempt.id)
    return attempt.id


def send_to_provider(
    attempt_id: UUID, *, client_ip: str, language: str, return_url: str = ""
) -> str:
    """Ask the gateway for its pay page; returns the address to send the client to.

    The attempt is committed before the gateway hears of it, and no transaction is open while
    we wait. A repeat for an attempt that was sent answers the same address.

    Args:
        attempt_id: what `open_attempt` returned.
        client_ip: the client's address, as gateways want it.
        language: of the gateway's page.
        return_url: where the browser comes back; empty means the room's own return page.

    Raises:
        PaymentNotFound: no such attempt.
        PaymentOver: the attempt is settled or out of time.
        GatewayUnavailable: the gateway did not take the order; nothing can have been paid.
    """
    prepared = _prepare(attempt_id)
    if isinstance(prepared, str):
        return prepared
    order = PaymentOrder(
        reference=prepared.attempt.reference,
        amount=prepared.attempt.amount,
        description=prepared.attempt.description,
        return_url=return_url or absolute(f"/payments/{attempt_id}/return"),
        client_ip=client_ip,
        language=language,
        created_at=prepared.attempt.created_at,
        expires_at=prepared.attempt.expires_at,
        payer_email=prepared.email,
        way=prepared.attempt.way,
        share=_share(prepared.attempt),
        label=prepared.attempt.label,
        instructions_url=absolute(f"/payments/{attempt_id}/instructions"),
    )
    try:
        started: StartedPayment = providers.ask(
            prepared.active, providers.START_SECONDS, "start", order
        )
    except (PluginError, PluginFailed) as problem:
        _record_not_sent(attempt_id, problem)
        raise GatewayUnavailable(f"{prepared.active.key}: {providers.said(problem)}") from problem
    faults.crash_point("after_gateway_call")
    return _record_sent(attempt_id, started)


def expire(session: Session, attempt_id: UUID) -> bool:
    """Give an attempt up, for instance because its hold is gone; True when it is given up.

    False when it is settled already, above all when the money has come meanwhile.
    """
    attempt = queries.lock(session, attempt_id)
    if attempt.state in LIVE_STATES:
        _give_up(session, attempt)
    return attempt.state == AttemptState.EXPIRED


def came_in_vain(session: Session, attempt_id: UUID) -> None:
    """Write down that an attempt's money bought nothing; nobody earned it. A repeat is fine."""
    queries.lock(session, attempt_id).in_vain = True


def hurry(attempt_id: UUID) -> None:
    """Ask the gateway once out of turn: the client came back and looks at the page."""
    with transaction() as session:
        attempt = queries.lock(session, attempt_id)
        if attempt.state not in LIVE_STATES or attempt.hurried_at is not None:
            return
        attempt.hurried_at = clock.now()
        # A moment later: the gateway's own notice is usually on its way already.
        outbox.emit(
            session,
            AskGateway(attempt_id=attempt.id, step=OUT_OF_TURN),
            at=clock.now() + _HURRY_AFTER,
            subject=attempt.id,
        )


def _share(attempt: Attempt) -> Share | None:
    passed = attempt.share
    return Share(attempt.payee_account, passed) if passed is not None else None


@dataclass(frozen=True)
class _Prepared:
    attempt: Attempt
    active: extensions.Active
    email: str


def _prepare(attempt_id: UUID) -> _Prepared | str:
    """What the gateway needs, or the pay page that is open already."""
    with reading() as session:
        attempt = queries.attempt(session, attempt_id)
        if attempt.state not in LIVE_STATES or attempt.expires_at <= clock.now():
            raise PaymentOver(f"attempt {attempt_id} is {attempt.state}")
        if attempt.pay_url:
            return attempt.pay_url
        active = providers.gateway_for(session, attempt.provider, attempt.currency)
        payer = identity.person(session, attempt.payer_id)
    return _Prepared(attempt, active, payer.email)


def _record_sent(attempt_id: UUID, started: StartedPayment) -> str:
    with transaction() as session:
        attempt = queries.lock(session, attempt_id)
        if attempt.pay_url:  # a double click: the gateway gave both the same payment
            return attempt.pay_url
        attempt.provider_data = {**attempt.provider_data, **providers.plain(started.provider_data)}
        attempt.pay_url = started.url
        # A notice may have overtaken us: then the state is further and stays there.
        move(session, attempt, AttemptState.SENT, Step(Cause.SENDING))
    return started.url


def _record_not_sent(attempt_id: UUID, problem: Exception) -> None:
    """Refused: it failed. No answer: it stays open, since the gateway may have it after all."""
    step = Step(Cause.SENDING, {"problem": providers.said(problem)})
    with transaction() as session:
        attempt = queries.lock(session, attempt_id)
        if isinstance(problem, Refused):
            attempt.reason = "not_started"
            move(session, attempt, AttemptState.FAILED, step)
        else:
            note(session, attempt, step)
    log.warning("attempt %s was not sent: %s", attempt_id, providers.said(problem))


def _give_up(session: Session, attempt: Attempt) -> None:
    if move(session, attempt, AttemptState.EXPIRED, Step(Cause.EXPIRY)):
        outbox.emit(session, CloseAtGateway(attempt_id=attempt.id), subject=attempt.id)
