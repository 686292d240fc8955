"""Which language is spoken here and which zone's time is told: set for a block of code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from zoneinfo import ZoneInfo

LANGUAGES = ("vi", "en", "de")
_language: ContextVar[str] = ContextVar("language", default="en")
_fallback: ContextVar[str] = ContextVar("fallback_language", default="en")
_zone: ContextVar[ZoneInfo | None] = ContextVar("zone", default=None)
_UTC = ZoneInfo("UTC")


@contextmanager
def speaking(language: str, zone: str = "UTC", *, fallback: str = "en") -> Iterator[None]:
    """Speak this language and tell time in this zone (an IANA name) inside the block."""
    tokens = _language.set(language), _fallback.set(fallback), _zone.set(known_zone(zone))
    try:
        yield
    finally:
        _language.reset(tokens[0])
        _fallback.reset(tokens[1])
        _zone.reset(tokens[2])


@contextmanager
def in_zone(zone: str) -> Iterator[None]:
    """Tell time in this zone inside the block; the language stays.

    For pages about somebody whose clock is another than the reader's: an expert's rules are kept
    on the expert's own.
    """
    token = _zone.set(known_zone(zone))
    try:
        yield
    finally:
        _zone.reset(token)


def known_zone(name: str) -> ZoneInfo:
    """The zone of an IANA name, UTC when there is none of this name."""
    try:
        return ZoneInfo(name)
    except (ValueError, KeyError, OSError):
        return _UTC


def is_zone(name: str) -> bool:
    """Whether this is an IANA zone's name."""
    return bool(name) and (name == "UTC" or known_zone(name) is not _UTC)


def current_language() -> str:
    """The language that is spoken here: "vi", "en", "de"."""
    return _language.get()


def fallback_language() -> str:
    """The language that is tried next: the tenant's first."""
    return _fallback.get()


def current_zone() -> ZoneInfo:
    """The zone in which times are told here."""
    return _zone.get() or _UTC


def local(instant: datetime) -> datetime:
    """An instant on the reader's wall clock."""
    return instant.astimezone(current_zone())
