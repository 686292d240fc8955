"""Addresses of calendars, as people paste them."""

from __future__ import annotations

from urllib.parse import urlsplit

import orjson

from cilis.domains.calendars.types import Address
from cilis.infra import secrets
from cilis.kit import http
from cilis.kit.errors import InvalidInput

LONGEST = 2_000


def checked(address: Address) -> Address:
    """The address in the form in which it is called; raises InvalidInput on ``url``.

    ``webcal://`` is what calendars call an ICS address over https. Whether it may be called at
    all is asked anew at each call, when its name is resolved.
    """
    url = address.url.strip()
    scheme, found, rest = url.partition("://")
    if found and scheme.lower() in {"webcal", "webcals"}:
        url = f"https://{rest}"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as problem:
        raise InvalidInput({"url": ["not_an_address"]}) from problem
    if parts.scheme not in {"http", "https"} or not host or not url.isprintable() or " " in url:
        raise InvalidInput({"url": ["not_an_address"]})
    if len(url) > LONGEST:
        raise InvalidInput({"url": ["too_long"]})
    if "@" in parts.netloc:
        raise InvalidInput({"url": ["log_in_within_address"]})
    if address.password and parts.scheme == "http" and not http.is_loopback(url):
        raise InvalidInput({"url": ["password_needs_https"]})
    if ":" in address.user:
        raise InvalidInput({"user": ["invalid"]})  # RFC 7617: it would end the name
    return Address(url, address.user, address.password)


def host_of(url: str) -> str:
    """What may be shown of an address."""
    return urlsplit(url).hostname or ""


def seal(address: Address) -> str:
    """The address as it is kept."""
    kept = {"url": address.url, "user": address.user, "password": address.password}
    return secrets.encrypt(orjson.dumps(kept).decode())


def unseal(sealed: str) -> Address:
    """The address again; raises kit.crypto.CannotDecrypt."""
    return Address(**orjson.loads(secrets.decrypt(sealed)))
