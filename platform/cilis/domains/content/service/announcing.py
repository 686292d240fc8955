"""An admin announces something for a while."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains.content import queries
from cilis.domains.content.errors import AnnouncementNotFound
from cilis.domains.content.models import AnnouncementRow
from cilis.domains.content.service.frame import forget_frame
from cilis.domains.content.service.texts import checked
from cilis.domains.content.types import Announcement, AnnouncementWish
from cilis.infra import audit, idempotency
from cilis.infra.db import transaction
from cilis.kit import clock, ids
from cilis.kit.errors import InvalidInput
from cilis.kit.viewer import Viewer

_LONGEST = 600


def announce(wish: AnnouncementWish, viewer: Viewer) -> Announcement:
    """Keep an announcement; pages show it while its time lasts.

    Raises:
        InvalidInput: a text that cannot be taken, or an end before the beginning.
    """
    with transaction() as session:
        row = AnnouncementRow(id=ids.new())
        _fill(session, row, wish)
        session.add(row)
        session.flush()
        idempotency.made(session, row.id)
        _note(session, "content.announced", row, viewer)
        found = queries.as_announcement(row)
    forget_frame()
    return found


def change_announcement(
    announcement_id: UUID, wish: AnnouncementWish, viewer: Viewer
) -> Announcement:
    """Write an announcement anew.

    Raises:
        AnnouncementNotFound: no such announcement.
        InvalidInput: a text that cannot be taken, or an end before the beginning.
    """
    with transaction() as session:
        row = _locked(session, announcement_id)
        _fill(session, row, wish)
        _note(session, "content.announcement_changed", row, viewer)
        found = queries.as_announcement(row)
    forget_frame()
    return found


def end_announcement(announcement_id: UUID, viewer: Viewer) -> Announcement:
    """Let an announcement be over now; raises AnnouncementNotFound."""
    with transaction() as session:
        row = _locked(session, announcement_id)
        now = clock.now()
        if row.ends_at is None or row.ends_at > now:
            row.ends_at = now
            row.starts_at = min(row.starts_at, now)
        _note(session, "content.announcement_ended", row, viewer)
        found = queries.as_announcement(row)
    forget_frame()
    return found


def remove_announcement(announcement_id: UUID, viewer: Viewer) -> None:
    """Remove an announcement for good; raises AnnouncementNotFound."""
    with transaction() as session:
        row = _locked(session, announcement_id)
        _note(session, "content.announcement_removed", row, viewer)
        session.delete(row)
    forget_frame()


def _locked(session: Session, announcement_id: UUID) -> AnnouncementRow:
    row = session.get(AnnouncementRow, announcement_id, with_for_update=True)
    if row is None:
        raise AnnouncementNotFound(str(announcement_id))
    return row


def _fill(session: Session, row: AnnouncementRow, wish: AnnouncementWish) -> None:
    if wish.ends_at is not None and wish.ends_at <= wish.starts_at:
        raise InvalidInput({"ends_at": ["end_before_start"]})
    row.texts = checked(session, "texts", wish.texts, most=_LONGEST)
    row.starts_at, row.ends_at = wish.starts_at, wish.ends_at
    row.audience, row.tone = wish.audience, wish.tone
    row.is_dismissable = wish.is_dismissable


def _note(session: Session, action: str, row: AnnouncementRow, viewer: Viewer) -> None:
    detail = {"audience": row.audience.value, "texts": dict(row.texts)}
    audit.record(session, action, row.id, actor=viewer.person_id, detail=detail)
