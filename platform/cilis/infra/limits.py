"""Rates that are not to be exceeded, counted in Redis, or in this process when it is gone."""

from __future__ import annotations

import functools
import ipaddress
import math
import time

import limits
from limits.storage import MemoryStorage, RedisStorage, Storage
from limits.strategies import FixedWindowRateLimiter

from cilis.config import settings
from cilis.infra.redis import IMPATIENT, Gone, patience
from cilis.infra.tenancy import current_tenant
from cilis.kit.errors import TooMany


@functools.cache
def _shared() -> FixedWindowRateLimiter:
    url = settings().redis_url
    url = url.replace("unix://", "redis+unix://") if url.startswith("unix:") else url
    storage: Storage = RedisStorage(url, wrap_exceptions=False, **IMPATIENT)  # connects later
    return FixedWindowRateLimiter(storage)


@functools.cache
def _own() -> FixedWindowRateLimiter:
    return FixedWindowRateLimiter(MemoryStorage())


@functools.cache
def _parsed(rate: str) -> limits.RateLimitItem:
    return limits.parse(rate)


def hit(name: str, key: str, rate: str) -> None:
    """Count one use of ``name`` by ``key``; raises TooMany past the rate ("5/hour").

    Addresses of the same IPv6 network of 64 bits count as one: a single line has all of them.
    """
    limit = _parsed(rate)
    key = _line(key)
    parts = (current_tenant().id, name, key)
    limiter = _shared()
    try:
        with patience().trying():
            allowed = limiter.hit(limit, *parts)
    except Gone:
        limiter = _own()
        allowed = limiter.hit(limit, *parts)
    if not allowed:
        raise TooMany(f"{name} by {key}", retry_after=_pause(limiter, limit, parts))


def _line(key: str) -> str:
    """What an address counts as; any other key is itself."""
    try:
        address = ipaddress.ip_address(key)
    except ValueError:
        return key
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address) >> 64 << 64, 64)))


def _pause(
    limiter: FixedWindowRateLimiter, limit: limits.RateLimitItem, parts: tuple[str, ...]
) -> int:
    try:
        with patience().trying():
            ends = limiter.get_window_stats(limit, *parts).reset_time
    except Gone:
        return 60
    return max(1, math.ceil(ends - time.time()))


def forget_everything() -> None:
    """Start counting anew, here and in Redis; for tests."""
    _own().storage.reset()
    _shared().storage.reset()
