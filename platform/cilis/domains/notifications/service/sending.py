"""Sending one notice: claimed, composed in the reader's language, handed to its channel."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from cilis.domains import extensions, identity, tenants
from cilis.domains.notifications import queries
from cilis.domains.notifications.models import NoticeRow
from cilis.domains.notifications.service import composing, enclosures, rendering, unsubscribing
from cilis.domains.notifications.service.facts import sender
from cilis.domains.notifications.service.telling import CHANNELS
from cilis.domains.notifications.types import MANDATORY, MATTER_OF, Kind, NoticeState
from cilis.hooks.failures import PluginError, Refused, TryLater
from cilis.hooks.manager import PluginFailed
from cilis.hooks.notifications import Notice
from cilis.infra.db import reading, transaction
from cilis.infra.http.addresses import absolute
from cilis.infra.i18n import speaking
from cilis.infra.tenancy import current_tenant
from cilis.kit import clock

log = logging.getLogger(__name__)

SEND_SECONDS = 30.0
_CLAIM = timedelta(seconds=90)  # longer than a relay's lease: a dead worker's claim runs out
_FIRST_PAUSE = timedelta(seconds=15)
_LONGEST_PAUSE = timedelta(hours=1)
_MOST_DRAFTS = 6


def send(notice_id: UUID) -> None:
    """Send a notice once, however often this is delivered.

    A worker that dies between the channel's yes and our note of it makes the channel hear the
    same message id again; nothing else ever makes two.

    Raises:
        TryLater: the channel does not answer, or another worker is at it.
    """
    tries = _claim(notice_id)
    if not tries:
        return
    try:
        ready = _enclosed(_prepare(notice_id), tries)
    except Exception as problem:  # a letter that cannot be written must not hold up later ones
        log.exception("notice %s cannot be composed", notice_id)
        state = NoticeState.FAILED if tries >= _MOST_DRAFTS else NoticeState.QUEUED
        _note(notice_id, state, type(problem).__name__)
        if state == NoticeState.FAILED:
            return
        raise
    if ready is None:
        _note(notice_id, NoticeState.DROPPED)
        return
    try:
        extensions.call(ready.channel, SEND_SECONDS, "send", ready.notice, ready.channel.settings)
    except Refused as problem:
        log.info("notice %s was refused: %s", notice_id, problem.reason)
        _note(notice_id, NoticeState.FAILED, problem.reason)
    except (PluginError, PluginFailed) as problem:
        tries = _note(notice_id, NoticeState.QUEUED, type(problem).__name__)
        pause = min(_FIRST_PAUSE * 2 ** min(tries, 12), _LONGEST_PAUSE)
        raise TryLater(f"notice {notice_id}: {type(problem).__name__}", after=pause) from problem
    else:
        _settle(notice_id, ready.gathered)


@dataclass(frozen=True)
class _Ready:
    channel: extensions.Active
    notice: Notice
    row: NoticeRow
    gathered: Sequence[UUID] = ()  # what the letter of the day tells of


def _claim(notice_id: UUID) -> int:
    """Take the notice; returns how often it was taken, 0 when there is nothing to do."""
    now = clock.now()
    with transaction() as session:
        row = queries.lock(session, notice_id)
        if row is None or row.state not in {NoticeState.QUEUED, NoticeState.SENDING}:
            return 0
        busy = row.state == NoticeState.SENDING and row.claimed_at is not None
        if busy and row.claimed_at is not None and row.claimed_at > now - _CLAIM:
            raise TryLater("another worker is sending it", after=_CLAIM)
        row.state, row.claimed_at, row.tries = NoticeState.SENDING, now, row.tries + 1
        return row.tries


def _prepare(notice_id: UUID) -> _Ready | None:
    """The message as its channel takes it; None when it would no longer be true."""
    with reading() as session:
        row = session.get_one(NoticeRow, notice_id)
        try:
            channel = extensions.active_one(session, CHANNELS, row.channel)
            reader = identity.person(session, row.person_id)
        except (extensions.ExtensionOff, identity.PersonNotFound):
            return None
        if reader.status != identity.PersonStatus.ACTIVE:
            return None
        organization = tenants.organization(session)
        language = composing.language_of(reader, organization)
        gathered: Sequence[NoticeRow] = ()
        if row.kind == Kind.DIGEST:  # read once: what the letter tells is what is marked as told
            gathered = queries.gathered(session, row.person_id, row.channel, clock.now())
        with speaking(language, reader.time_zone, fallback=organization.default_language):
            composed = composing.compose(session, row, reader, organization, gathered)
            if composed is None:
                return None
            notice = _notice(row, reader, organization, language, composed)
    return _Ready(channel, notice, row, [one.id for one in gathered])


def _enclosed(ready: _Ready | None, tries: int) -> _Ready | None:
    """With the files that travel with it; they are drawn while no transaction is open."""
    if ready is None:
        return ready
    files = enclosures.of(ready.row.kind, ready.row.subject_id, ready.row.detail, tries)
    return replace(ready, notice=replace(ready.notice, attachments=files)) if files else ready


def _notice(
    row: NoticeRow,
    reader: identity.Person,
    organization: tenants.Organization,
    language: str,
    composed: composing.Composed,
) -> Notice:
    letter, invite = composed
    if MATTER_OF.get(row.kind) not in MANDATORY:
        letter = replace(letter, choices=absolute("/account/notices"))
    host = current_tenant().host
    name = reader.name if letter.to_name is None else letter.to_name
    return Notice(
        message_id=f"<{row.id.hex}@{host}>",
        to_address=letter.to_address or reader.email,
        to_name=name,
        from_name=organization.name,
        from_address=sender(organization),
        language=language,
        subject=letter.subject,
        text=rendering.text(letter, name, organization),
        html=rendering.html(letter, name, organization, language),
        reply_to=organization.legal.get("email", ""),
        calendar=invite.content if invite else b"",
        calendar_method=invite.method if invite else "REQUEST",
        unsubscribe=unsubscribing.link(row.person_id, row.kind, row.channel),
    )


def _settle(notice_id: UUID, gathered: Sequence[UUID]) -> None:
    """It is sent, and so is what stood in the letter of the day; what came since waits."""
    _note(notice_id, NoticeState.SENT)
    if not gathered:
        return
    with transaction() as session:
        session.execute(
            sa.update(NoticeRow)
            .where(NoticeRow.id.in_(gathered), NoticeRow.state == NoticeState.GATHERED)
            .values(state=NoticeState.SENT, sent_at=clock.now())
        )


def _note(notice_id: UUID, state: NoticeState, problem: str = "") -> int:
    with transaction() as session:
        row = queries.lock(session, notice_id)
        if row is None:
            return 0
        row.state, row.problem, row.claimed_at = state, problem[:300], None
        if state == NoticeState.SENT:
            row.sent_at = clock.now()
        return row.tries
