"""The expert's own words and picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import identity, tenants
from cilis.domains.experts.events import PictureDropped
from cilis.domains.experts.models import Expert
from cilis.domains.experts.queries.profiles import own_row, shows_picture
from cilis.domains.experts.service.changes import (
    changed,
    check_languages,
    check_zone,
    choose_topics,
    distinct,
    filled,
    rename,
)
from cilis.domains.experts.types import ProfileChange
from cilis.infra import files, outbox
from cilis.infra.db import reading, transaction
from cilis.kit import clock
from cilis.kit.errors import InvalidInput
from cilis.kit.viewer import Viewer

_KEPT_AS: Mapping[str, Callable[[Any], Any]] = {
    "honorific": str,
    "country": str,
    "time_zone": str,
    "headline": filled,
    "biography": filled,
    "languages": distinct,
    "experience": lambda items: [dict(item) for item in items],
    "education": lambda items: [dict(item) for item in items],
}


def edit_profile(change: ProfileChange, viewer: Viewer) -> UUID:
    """Change what the viewer's own profile says; returns the expert's id.

    Raises:
        NotAnExpert: the viewer has not applied.
        InvalidInput: an unknown language, zone or topic, or years that run backwards.
    """
    check_zone(change.time_zone)
    _check_years("experience", change.experience)
    _check_years("education", change.education)
    with transaction() as session:
        expert = own_row(session, viewer, lock=True)
        check_languages(session, {"headline": change.headline, "biography": change.biography})
        _write(session, expert, change)
        changed(session, expert)
        return expert.id


def set_picture(content: bytes, viewer: Viewer) -> str:
    """Show this picture: re-encoded, square, without metadata; returns its key.

    Raises InvalidInput on ``picture``. The old file goes a little later, if nobody else shows it.
    """
    key = files.save_public(files.portrait(content), "image/webp", own=True)
    try:
        _put_picture(key, viewer)
    except BaseException:
        files.take_back_public(key)
        raise
    return key


def remove_picture(viewer: Viewer) -> None:
    """Show initials instead of a picture."""
    _put_picture(None, viewer)


def forget_picture(key: str) -> None:
    """Delete a picture's file, unless a person or a profile (still, or again) shows it.

    Pictures of packs have keys made of their content, so several may show the same file.
    A repeat does nothing.
    """
    with reading() as session:
        shown = identity.shows_picture(session, key) or shows_picture(session, key)
    if not shown:
        files.delete_public(key)


def _put_picture(key: str | None, viewer: Viewer) -> None:
    with transaction() as session:
        expert = own_row(session, viewer, lock=True)
        if expert.picture_key and expert.picture_key != key:
            dropped = PictureDropped(expert_id=expert.id, key=expert.picture_key)
            at = clock.now() + identity.PICTURE_FADES
            outbox.emit(session, dropped, at=at, subject=expert.id)
        expert.picture_key = key
        changed(session, expert)


def _write(session: Session, expert: Expert, change: ProfileChange) -> None:
    if change.name is not None:
        rename(expert, change.name, tenants.organization(session).default_language)
    for field, kept_as in _KEPT_AS.items():
        value = getattr(change, field)
        if value is not None:
            setattr(expert, field, kept_as(value))
    if change.topic_ids is not None:
        choose_topics(session, expert.id, change.topic_ids)


def _check_years(field: str, items: Sequence[Mapping[str, Any]] | None) -> None:
    for place, item in enumerate(items or ()):
        if item.get("until") is not None and item["until"] < item["from"]:
            raise InvalidInput({f"{field}.{place}.until": ["before_start"]})
