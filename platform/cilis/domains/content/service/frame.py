"""What every page shows of the room, remembered for a moment and forgotten at each change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from cilis.domains.content import queries
from cilis.domains.content.types import Announcement, Audience, Frame, PageLink, Tone
from cilis.infra import cache
from cilis.infra.db import reading
from cilis.infra.tenancy import current_tenant

_SECONDS = 20


def frame() -> Frame:
    """Links and announcements; from Redis, so that a change is seen by all processes at once."""
    known = cache.get(_key())
    if isinstance(known, dict):
        return _revived(known)
    with reading() as session:
        found = queries.frame(session)
    cache.put(_key(), _plain(found), _SECONDS)
    return found


def forget_frame() -> None:
    """Something of it changed; called after the commit."""
    cache.forget(_key())


def _key() -> str:
    """A pack that is applied gives the tenant another version, and so another key."""
    return f"content.frame.{current_tenant().version}"


def _plain(found: Frame) -> dict[str, Any]:
    return {
        "menu": [[link.slug, dict(link.title)] for link in found.menu],
        "footer": [[link.slug, dict(link.title)] for link in found.footer],
        "announcements": [
            {
                "id": str(one.id),
                "texts": dict(one.texts),
                "starts_at": one.starts_at.isoformat(),
                "ends_at": one.ends_at.isoformat() if one.ends_at else None,
                "audience": one.audience.value,
                "tone": one.tone.value,
                "is_dismissable": one.is_dismissable,
            }
            for one in found.announcements
        ],
    }


def _revived(known: Mapping[str, Any]) -> Frame:
    return Frame(
        menu=[PageLink(slug, title) for slug, title in known["menu"]],
        footer=[PageLink(slug, title) for slug, title in known["footer"]],
        announcements=[_announcement(one) for one in known["announcements"]],
    )


def _announcement(known: Mapping[str, Any]) -> Announcement:
    ends_at = known["ends_at"]
    return Announcement(
        id=UUID(known["id"]),
        texts=known["texts"],
        starts_at=datetime.fromisoformat(known["starts_at"]),
        ends_at=datetime.fromisoformat(ends_at) if ends_at else None,
        audience=Audience(known["audience"]),
        tone=Tone(known["tone"]),
        is_dismissable=known["is_dismissable"],
    )
