"""The one Redis client of a process: short time limits, no hidden repeats, never needed."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator
from contextlib import contextmanager
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
SLOW = 0.3
REST = 2.0


class Resting(redis.ConnectionError):
    """Redis was too slow a moment ago; nobody waits for it again so soon."""


class Patience:
    """Whether Redis is worth asking: after a slow failure nobody asks it for two seconds.

    A server that refuses costs nothing and is asked each time; one that hangs would cost every
    request half a second or more for every question.
    """

    def __init__(self) -> None:
        self._rests_until = 0.0

    @contextmanager
    def trying(self) -> Iterator[None]:
        """Run one question; raises Resting at once while it is not worth asking."""
        began = time.monotonic()
        if began < self._rests_until:
            raise Resting("too slow a moment ago")
        try:
            yield
        except Gone:
            if time.monotonic() - began > SLOW:
                self._rests_until = time.monotonic() + REST
            raise


@functools.cache
def client() -> redis.Redis:
    """The client; every call may raise `Gone` within half a second."""
    return redis.Redis.from_url(
        settings().redis_url,
        health_check_interval=0,
        **IMPATIENT,
    )


@functools.cache
def patience() -> Patience:
    """What this process knows of Redis' present speed."""
    return Patience()


@contextmanager
def asking() -> Iterator[redis.Redis]:
    """The client for one question; raises `Gone`, and at once while Redis hangs."""
    with patience().trying():
        yield client()


def tenant_key(*parts: str) -> str:
    """The only form of a key: it starts with the tenant."""
    return ":".join(("t", current_tenant().id, *parts))
