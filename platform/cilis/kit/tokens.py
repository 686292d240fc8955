"""Signed tokens (JWT, RFC 7519) for the API and the sockets: HS256 only."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from cilis.kit import clock


class BadToken(ValueError):
    """The token is altered, of another kind, of another audience, or out of time."""


@functools.lru_cache(maxsize=1024)
def _key(key: bytes) -> OctKey:
    return OctKey.import_key(key)


def issue(claims: Mapping[str, Any], key: bytes, *, lifetime: timedelta) -> tuple[str, datetime]:
    """A signed token and the instant it ends; ``typ`` and ``aud`` must be among the claims."""
    at = clock.now()
    ends = at + lifetime
    body = {**claims, "iat": int(at.timestamp()), "exp": int(ends.timestamp())}
    return jwt.encode({"alg": "HS256"}, body, _key(key)), ends


def read(token: str, keys: Sequence[bytes], *, typ: str, aud: str) -> dict[str, Any]:
    """The claims of a token that is ours, of this kind, for this audience, and in time."""
    if len(token) > 4096:
        raise BadToken("too long")
    for key in keys:
        try:
            found = jwt.decode(token, _key(key), algorithms=["HS256"])
        except (JoseError, ValueError, RecursionError):
            continue
        if set(found.header) - {"alg", "typ"}:
            raise BadToken("unexpected header")
        claims = dict(found.claims)
        if claims.get("typ") != typ or claims.get("aud") != aud:
            raise BadToken("of another kind or audience")
        if not isinstance(claims.get("exp"), int) or claims["exp"] <= clock.now().timestamp():
            raise BadToken("out of time")
        if claims.get("nbf", 0) != 0:
            raise BadToken("unexpected claim")  # we never date a token ahead
        return claims
    raise BadToken("no key fits")
