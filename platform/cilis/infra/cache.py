"""What may be lost: JSON values with an end, kept per tenant, silent when Redis is gone."""

from __future__ import annotations

from typing import Any

import orjson

from cilis.infra.redis import Gone, asking, tenant_key
from cilis.infra.tenancy import current_tenant


def get(key: str) -> Any | None:
    """The value, or None when there is none, or no Redis."""
    try:
        with asking() as redis:
            raw = redis.get(tenant_key("cache", key))
    except Gone:
        return None
    if not isinstance(raw, bytes):
        return None
    try:
        envelope = orjson.loads(raw)
    except ValueError:
        return None
    if not isinstance(envelope, dict) or envelope.get("tenant") != current_tenant().id:
        return None
    return envelope.get("value")


def put(key: str, value: Any, seconds: int) -> None:
    """Keep a JSON value for some seconds."""
    body = orjson.dumps({"tenant": current_tenant().id, "value": value})
    try:
        with asking() as redis:
            redis.set(tenant_key("cache", key), body, ex=seconds)
    except Gone:
        return


def forget(key: str) -> None:
    """Drop a value before its end."""
    try:
        with asking() as redis:
            redis.delete(tenant_key("cache", key))
    except Gone:
        return
