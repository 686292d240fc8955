"""What a tenant fills in, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cilis.hooks import Refused, SettingField, SettingKind
from cilis.kit import http


class Security(StrEnum):
    """How the way to the mail server is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


FIELDS = (
    SettingField("host", "Mail server", help="For example smtp.example.org"),
    SettingField("port", "Port", SettingKind.NUMBER, default="587"),
    SettingField(
        "security", "Encryption", SettingKind.CHOICE, default="starttls",
        choices=(
            ("starttls", "STARTTLS (port 587)"), ("tls", "TLS (port 465)"),
            ("none", "None, without a password"),
        ),
    ),
    SettingField("user", "User name", required=False, help="Empty: no log-in."),
    SettingField("password", "Password", SettingKind.SECRET, required=False),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Server:
    """One tenant's way out."""

    host: str
    port: int
    security: Security
    user: str
    password: str = field(repr=False)


def server(settings: Mapping[str, str]) -> Server:
    """The tenant's mail server; raises Refused when the settings cannot be used."""
    host = settings.get("host", "").strip().lower()
    port = settings.get("port", "").strip() or "587"
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise Refused("the mail server's name or port is missing or wrong")
    user, password = settings.get("user", ""), settings.get("password", "")
    try:
        security = Security(settings.get("security") or Security.STARTTLS)
    except ValueError as problem:
        raise Refused("no such encryption") from problem
    if security is Security.NONE and user and not http.is_loopback(f"smtp://{host}"):
        raise Refused("a password is never sent without encryption")
    return Server(host, int(port), security, user, password)
