"""The personal token of one person for one room, pure.

Source: jitsi/lib-jitsi-meet, doc/tokens.md, and jitsi-meet's prosody plugin token/util.lib.lua.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

from joserfc import jwt
from joserfc.jwk import OctKey

from cilis.hooks.meetings import JoinOrder, MeetingRole
from cilis_video_jitsi.settings import Server

# What is listed as "false" is forbidden: nobody records a consultation by chance.
_FEATURES = {
    "screen-sharing": "true",
    "recording": "false",
    "livestreaming": "false",
    "transcription": "false",
}


def room_name(reference: str, server: Server) -> str:
    """The room of a meeting: the same for the same reference, and nobody can guess it.

    130 bits as 26 lower-case letters and digits; prosody compares rooms in lower case.
    """
    mark = hmac.new(server.app_secret.encode(), f"room:{reference}".encode(), hashlib.sha256)
    return base64.b32encode(mark.digest()).decode().lower()[:26]


def claims(order: JoinOrder, server: Server) -> dict[str, Any]:
    """What the token says. The e-mail address stays out: prosody shows it to everyone inside."""
    is_host = order.role is MeetingRole.HOST
    return {
        "iss": server.app_id,
        "aud": server.audience,
        "sub": server.domain,
        "room": order.room.lower(),
        "nbf": int(order.opens_at.timestamp()),
        "exp": int(order.closes_at.timestamp()),
        "context": {
            "user": {
                "id": order.person_reference,
                "name": order.name,
                "email": "",
                "avatar": "",
                # Self-hosted servers read the first (module token_affiliation), JaaS the second.
                "affiliation": "owner" if is_host else "member",
                "moderator": "true" if is_host else "false",
            },
            "features": _FEATURES,
        },
    }


def sign(order: JoinOrder, server: Server) -> str:
    """The token: HS256 with the secret that the tenant shares with its server."""
    key = OctKey.import_key(server.app_secret)
    return jwt.encode({"alg": "HS256", "typ": "JWT"}, claims(order, server), key)
