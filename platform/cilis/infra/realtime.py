"""Tells open pages that something happened: a hint, after the commit, that may be lost.

Rooms are named on the server and always begin with the tenant; a browser enters only those that
its signed token lists.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import socketio
from typing_extensions import override

from cilis.config import settings
from cilis.infra.redis import Gone, asking
from cilis.infra.secrets import signing_keys
from cilis.infra.tenancy import current_tenant
from cilis.kit import guard, tokens

log = logging.getLogger(__name__)

CHANNEL = "live"
TOKEN_LIFETIME = timedelta(hours=12)


class _Writer(socketio.RedisManager):  # type: ignore[misc]  # the library ships no types
    """Publishes by the house's own client; the library's tries twice and tells only its log."""

    @override
    def _publish(self, data: dict[str, Any]) -> None:
        with asking() as redis:
            redis.publish(self.channel, self.json.dumps(data))


@functools.cache
def _writer() -> _Writer:
    return _Writer(settings().redis_url, channel=CHANNEL, write_only=True)


def room_name(room: str) -> str:
    """The full name of a room: it starts with the tenant."""
    return f"t:{current_tenant().id}:{room}"


def push(room: str, event: str, payload: dict[str, Any]) -> None:
    """Send a hint to the open pages of a room ("person:<uuid>", "session:…", "expert:…")."""
    guard.refuse_inside_transaction(f"push of {event}")
    try:
        _writer().emit(event, payload, room=room_name(room), namespace="/")
    except Gone:
        log.info("hint %s lost: Redis is gone", event)


def socket_token(rooms: Sequence[str], *, session: str = "", roles: Iterable[str] = ()) -> str:
    """What a page shows to the socket process to enter these rooms.

    ``roles`` are those with which it was given the rooms; the token is of no use any more when
    its session loses one of them.
    """
    claims = {
        "typ": "socket",
        "aud": current_tenant().id,
        "rooms": list(rooms),
        "sid": session,
        "roles": sorted(roles),
    }
    return tokens.issue(claims, signing_keys("socket")[0], lifetime=TOKEN_LIFETIME)[0]


@dataclass(frozen=True, slots=True)
class Admission:
    """What a token lets its page hear, for which session it was made, if any, with which roles."""

    rooms: tuple[str, ...]
    session_id: UUID | None
    roles: frozenset[str] = frozenset()


def admission(token: str) -> Admission:
    """What a token of this tenant allows; raises kit.tokens.BadToken."""
    claims = tokens.read(token, signing_keys("socket"), typ="socket", aud=current_tenant().id)
    session = str(claims.get("sid") or "")
    rooms = tuple(str(room) for room in claims.get("rooms", []))
    roles = frozenset(str(role) for role in claims.get("roles", []))
    return Admission(rooms, UUID(session) if session else None, roles)
