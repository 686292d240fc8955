"""Where a payee's share goes at a company: opened by the payee there, or entered by staff."""

from __future__ import annotations

import logging
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cilis.domains import experts, extensions, identity, tenants
from cilis.domains.payments import providers
from cilis.domains.payments.errors import GatewayUnavailable, MethodNotOffered
from cilis.domains.payments.events import (
    AskPayeeAccount,
    PayeeAccountChanged,
    PayeeAccountReplaced,
)
from cilis.domains.payments.models import PayeeAccount
from cilis.domains.payments.types import resend_pause
from cilis.hooks.failures import PluginError, Refused
from cilis.hooks.manager import PluginFailed, plugins
from cilis.hooks.payee_accounts import (
    AccountNews,
    AccountOrder,
    OpenedAccount,
)
from cilis.hooks.payments import Verdict
from cilis.infra import audit, outbox
from cilis.infra.db import reading, transaction
from cilis.infra.http.addresses import absolute
from cilis.kit import clock, ids
from cilis.kit.errors import InvalidInput
from cilis.kit.text import is_clean
from cilis.kit.viewer import Caller, Viewer

log = logging.getLogger(__name__)

_LAST = 12


def set_payee_account(person_id: UUID, provider: str, account: str, viewer: Viewer) -> str:
    """Keep the account to which an expert's share of later payments goes; empty: none.

    Payments that are under way keep the account with which they began.

    Raises:
        PersonNotFound: nobody has this id.
        MethodNotOffered: no such provider is installed.
        InvalidInput: not clean text.
    """
    account = account.strip()
    if not is_clean(account):
        raise InvalidInput({"account": ["unclean_text"]})
    if provider not in plugins.keys(providers.KIND):
        raise MethodNotOffered(f"{provider} is not installed")
    with transaction() as session:
        identity.person(session, person_id)
        row = _row(session, person_id, provider)
        detail = {"provider": provider, "before": row.account, "after": account}
        is_new, row.account = row.account != account, account
        if is_new:
            _forget(row)
            _warn(session, row)
        if is_new and account and providers.opens_accounts(provider):
            _ask(session, row)  # a wrong name must not stop every payment to this expert
        audit.record(
            session, "payments.payee_account_set", person_id, actor=viewer.person, detail=detail
        )
        _report(session, row)
    return account


def open_payee_account(provider: str, viewer: Viewer, password: str, caller: Caller) -> str:
    """Lead an expert to the company's page on which an account is opened, or filled in further.

    Returns the page's address. The account is kept before the expert gets there, and a repeat
    finds the same one, whatever got lost. While none is known the password is asked for again:
    whoever stole a session is not to lead what clients pay to an account of their own.

    Raises:
        MethodNotOffered: the company is off or needs no accounts, or the viewer is no expert.
        TooMany: too many tries.
        InvalidInput: the password is wrong.
        GatewayUnavailable: the company does not answer, or takes nobody.
    """
    with reading() as session:
        active, order = _order(session, provider, viewer)
    if not order.account:
        identity.confirm_password(viewer, password, caller)
    try:
        opened: OpenedAccount = providers.ask(
            active, providers.START_SECONDS, "open_account", order
        )
    except (PluginError, PluginFailed) as problem:
        log.warning("%s opens no account: %s", provider, providers.said(problem))
        raise GatewayUnavailable(f"{provider}: {providers.said(problem)}") from problem
    with transaction() as session:
        row = _row(session, viewer.person, provider)
        if row.account != opened.account:
            detail = {"provider": provider, "before": row.account, "after": opened.account}
            action = "payments.payee_account_opened"
            audit.record(session, action, row.person_id, actor=viewer.person, detail=detail)
            _forget(row)
            row.account = opened.account
            _warn(session, row)
        if row.opened_at is None:
            row.opened_at = clock.now()
        _report(session, row)
        _ask(session, row)
    return opened.url


def look_after_account(provider: str, viewer: Viewer) -> None:
    """The expert came back from the company's page: ask how the account stands now."""
    with transaction() as session:
        row = session.get(PayeeAccount, (viewer.person, provider))
        if row is not None and row.account:
            _ask(session, row)


def ask_payee_account(person_id: UUID, provider: str, step: int) -> None:
    """Ask the company how an account stands; again later while it does not answer."""
    with reading() as session:
        row = session.get(PayeeAccount, (person_id, provider))
        account = row.account if row is not None else ""
        told_at = row.told_at if row is not None else None
        try:
            active = providers.gateway(session, provider)
        except extensions.ExtensionOff:
            return
    if not account:
        return
    heard: AccountNews | Exception
    try:
        heard = providers.ask(active, providers.ASK_SECONDS, "query_account", account)
    except (PluginError, PluginFailed) as failure:
        log.warning("%s does not know %s: %s", provider, person_id, providers.said(failure))
        heard = failure
    with transaction() as session:
        row = _row(session, person_id, provider)
        if row.account != account:
            return  # another one meanwhile
        if row.told_at != told_at:
            _ask(session, row)  # told of meanwhile: which of both is newer, the next answer says
        elif isinstance(heard, AccountNews):
            _apply(session, row, heard)
        elif not isinstance(heard, Refused) and step < _LAST:
            event = AskPayeeAccount(person_id=person_id, provider=provider, step=step + 1)
            outbox.emit(session, event, at=clock.now() + resend_pause(step))


def account_told(session: Session, provider: str, news: AccountNews) -> Verdict:
    """A company tells of an account. Notices may be late: an older one only makes us ask."""
    row = session.scalar(
        sa.select(PayeeAccount)
        .where(PayeeAccount.provider == provider, PayeeAccount.account == news.account)
        .with_for_update()
    )
    if row is None or not news.account:
        return Verdict.IGNORED  # somebody whom this organization does not pay
    if row.told_at is not None and news.at <= row.told_at:
        _ask(session, row)
        return Verdict.REPEATED
    _apply(session, row, news)
    return Verdict.RECORDED


def _order(
    session: Session, provider: str, viewer: Viewer
) -> tuple[extensions.Active, AccountOrder]:
    expert_id = experts.expert_of_person(session, viewer.person)
    if expert_id is None or provider not in providers.opening(session):
        raise MethodNotOffered(f"{provider} opens no account for {viewer.person}")
    known = session.get(PayeeAccount, (viewer.person, provider))
    country = experts.card(session, expert_id).country or tenants.organization(session).country
    order = AccountOrder(
        reference=viewer.person.hex,
        email=identity.person(session, viewer.person).email,
        country=country,
        language=viewer.language,
        return_url=absolute(f"/desk/payouts/accounts/{provider}/return"),
        again_url=absolute(f"/desk/payouts/accounts/{provider}/return?again=1"),
        account=known.known_there if known is not None else "",
    )
    return providers.gateway(session, provider), order


def _row(session: Session, person_id: UUID, provider: str) -> PayeeAccount:
    """The row, locked; two who begin at once find the same one."""
    values = {"person_id": person_id, "provider": provider, "account": "", "due": []}
    session.execute(insert(PayeeAccount).values(values).on_conflict_do_nothing())
    return session.get_one(
        PayeeAccount, (person_id, provider), with_for_update=True, populate_existing=True
    )


def _forget(row: PayeeAccount) -> None:
    """What was told of one account says nothing of another."""
    row.can_receive = row.can_charge = row.can_be_paid = False
    row.due, row.obstacle, row.told_at, row.opened_at = [], "", None, None


def _apply(session: Session, row: PayeeAccount, news: AccountNews) -> None:
    before = _state(row)
    row.can_receive, row.can_charge = news.can_receive, news.can_charge
    row.can_be_paid, row.due = news.can_be_paid, [str(one)[:200] for one in news.due[:60]]
    row.obstacle, row.told_at = news.obstacle[:120], news.at
    after = _state(row)
    if before == after:
        return
    detail = {"provider": row.provider, "before": before["standing"], **after}
    action = "payments.payee_account_moved"
    audit.record(session, action, row.person_id, actor=None, detail=detail)
    _report(session, row)


def _state(row: PayeeAccount) -> dict[str, object]:
    names = ("can_receive", "can_charge", "can_be_paid", "due", "obstacle")
    return {"standing": row.standing.value, **{name: getattr(row, name) for name in names}}


def _ask(session: Session, row: PayeeAccount) -> None:
    outbox.emit(session, AskPayeeAccount(person_id=row.person_id, provider=row.provider))


def _warn(session: Session, row: PayeeAccount) -> None:
    event = PayeeAccountReplaced(
        person_id=row.person_id, provider=row.provider, change_id=ids.new()
    )
    outbox.emit(session, event)


def _report(session: Session, row: PayeeAccount) -> None:
    outbox.emit(session, PayeeAccountChanged(person_id=row.person_id, provider=row.provider))
