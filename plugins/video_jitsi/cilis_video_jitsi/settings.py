"""What a tenant fills in, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from cilis.hooks import Refused, SettingField, SettingKind

SHORTEST_SECRET = 32  # bytes; RFC 7518, section 3.2: a key as long as the checksum

FIELDS = (
    SettingField(
        "base_url", "Address of the Jitsi server", SettingKind.URL,
        help="For example https://meet.example.org",
    ),
    SettingField("app_id", "Application id", help="JWT_APP_ID of the Jitsi server."),
    SettingField(
        "app_secret", "Application secret", SettingKind.SECRET,
        help="JWT_APP_SECRET of the Jitsi server, at least 32 characters.",
    ),
    SettingField(
        "audience", "Audience", required=False, default="jitsi",
        help="One of JWT_ACCEPTED_AUDIENCES of the Jitsi server.",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Server:
    """One tenant's Jitsi server."""

    base_url: str
    app_id: str
    app_secret: str = field(repr=False)
    audience: str

    @property
    def domain(self) -> str:
        """The server's name, lower case: what prosody compares a token's ``sub`` with."""
        return urlsplit(self.base_url).hostname or ""


def server(settings: Mapping[str, str]) -> Server:
    """The tenant's server; raises Refused when the settings cannot be used."""
    base_url = settings.get("base_url", "").strip().rstrip("/")
    parts = urlsplit(base_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
        raise Refused("the address of the Jitsi server is missing or wrong")
    app_id = settings.get("app_id", "").strip()
    secret = settings.get("app_secret", "").strip()
    if not app_id or len(secret.encode()) < SHORTEST_SECRET:
        raise Refused("application id is missing, or the secret is shorter than 32 characters")
    return Server(base_url, app_id, secret, settings.get("audience", "").strip() or "jitsi")
