"""The one Redis client of a process: short time limits, no hidden repeats, never needed."""

from __future__ import annotations

import functools
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from cilis.config import settings
from cilis.infra.tenancy import current_tenant

Gone = redis.RedisError
IMPATIENT: dict[str, Any] = {
    "socket_timeout": 0.5,
    "socket_connect_timeout": 0.5,
    "retry": Retry(NoBackoff(), 0),
}
"""How every client in a request talks to Redis: it fails within half a second, or a second."""


@functools.cache
def client() -> redis.Redis:
    """The client; every call may raise `Gone` within half a second."""
    return redis.Redis.from_url(
        settings().redis_url,
        health_check_interval=0,
        **IMPATIENT,
    )


def tenant_key(*parts: str) -> str:
    """The only form of a key: it starts with the tenant."""
    return ":".join(("t", current_tenant().id, *parts))
