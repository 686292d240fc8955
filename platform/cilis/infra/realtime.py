"""Tells open pages that something happened: a hint, after the commit, that may be lost.

Rooms are named on the server and always begin with the tenant; a browser enters only those that
its signed token lists.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import socketio

from cilis.config import settings
from cilis.infra.redis import IMPATIENT, Gone
from cilis.infra.secrets import signing_keys
from cilis.infra.tenancy import current_tenant
from cilis.kit import guard, tokens

log = logging.getLogger(__name__)

CHANNEL = "live"
TOKEN_LIFETIME = timedelta(hours=12)


@functools.cache
def _writer() -> socketio.RedisManager:
    return socketio.RedisManager(
        settings().redis_url,
        channel=CHANNEL,
        write_only=True,
        redis_options=dict(IMPATIENT),
    )


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


def socket_token(rooms: Sequence[str], *, session: str = "") -> str:
    """What a page shows to the socket process to enter these rooms."""
    claims = {"typ": "socket", "aud": current_tenant().id, "rooms": list(rooms), "sid": session}
    return tokens.issue(claims, signing_keys("socket")[0], lifetime=TOKEN_LIFETIME)[0]


def rooms_of(token: str) -> list[str]:
    """The rooms of a token of this tenant; raises kit.tokens.BadToken."""
    claims = tokens.read(token, signing_keys("socket"), typ="socket", aud=current_tenant().id)
    return [str(room) for room in claims.get("rooms", [])]
