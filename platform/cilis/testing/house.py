"""A whole house for tests: one embedded server per run, ready tenants, a clock that moves."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from cilis import config, rooms
from cilis.infra import hosts, limits, provisioning, redis, relay
from cilis.infra.db import Base, transaction
from cilis.infra.embedded import Postgres, Valkey, safe_data_dir
from cilis.infra.migrate import make_node
from cilis.infra.tenancy import Tenant, serving
from cilis.kit import clock

SECRET = "a-key-that-only-tests-ever-use-0123456789"  # noqa: S105 - a test's


@dataclass
class House:
    """One embedded PostgreSQL and Valkey with some ready tenants."""

    folder: Path
    postgres: Postgres
    valkey: Valkey
    tenants: list[Tenant] = field(default_factory=list)

    def stop(self) -> None:
        """Stop the servers and forget everything."""
        provisioning.close_standing()
        self.valkey.stop()
        self.postgres.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def environment(self) -> dict[str, str]:
        """The variables under which any process of this house runs."""
        return {
            "CILIS_DATABASE_URL": self.postgres.url("cilis_app"),
            "CILIS_DATABASE_OWNER_URL": self.postgres.url("cilis_owner"),
            "CILIS_REDIS_URL": self.valkey.url,
            "CILIS_SECRET_KEYS": SECRET,
            "CILIS_DATA_DIR": str(self.folder / "data"),
            "CILIS_PUBLIC_ORIGIN_FORM": "http://{host}",
            "CILIS_SOCKET_ORIGIN_FORM": "http://{host}:8001",
            "CILIS_COOKIE_PLAIN": "1",
            "CILIS_EGRESS_ALLOW": "127.0.0.0/8",
            "CILIS_TESTING": "1",
            "CILIS_LOG_LEVEL": "WARNING",
        }


def build(slugs: tuple[str, ...] = ("anbinh", "khac")) -> House:
    """Start the servers, make the node and one tenant for each name, point settings at them."""
    folder = safe_data_dir(Path(tempfile.gettempdir()) / f"house-{os.getpid()}")
    shutil.rmtree(folder, ignore_errors=True)
    house = House(folder, Postgres(folder, fast=True), Valkey(folder))
    house.postgres.start()
    house.valkey.start()
    os.environ.update(house.environment())  # noqa: TID251 - the tests' own settings
    config.settings.cache_clear()
    rooms.load_models()
    make_node()
    for slug in slugs:
        house.tenants.append(provisioning.claim(slug, [f"{slug}.localhost"]))
    return house


def empty(*tenants: Tenant) -> None:
    """Delete every row of these tenants' tables that have any; two round trips in all."""
    tables = [
        f"{tenant.schema}.{table.name}"
        for tenant in tenants
        for table in reversed(Base.metadata.sorted_tables)
    ]
    asked = " UNION ALL ".join(
        f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {table})" for table in tables
    )
    with provisioning.standing_owner() as connection:
        found = {row[0] for row in connection.execute(asked)}
        provisioning.run(
            connection, ";".join(f"DELETE FROM {table}" for table in tables if table in found)
        )
    _forget_cached(tenants)


def _forget_cached(tenants: Iterable[Tenant]) -> None:
    with contextlib.suppress(redis.Gone):
        for tenant in tenants:
            for key in redis.client().scan_iter(f"t:{tenant.id}:cache:*"):
                redis.client().delete(key)


def empty_node() -> None:
    """Forget all events, receipts and moves of the clock."""
    with provisioning.standing_owner() as connection:
        provisioning.run(
            connection,
            "DELETE FROM node.receipts; DELETE FROM node.outbox;"
            "UPDATE node.clock_shift SET seconds = 0 WHERE seconds <> 0",
        )
    clock.set_distance(timedelta())
    limits.forget_everything()


def deliver_all(rounds: int = 50) -> int:
    """Deliver every due event in this process until none is due; returns how many ran."""
    total = 0
    for _ in range(rounds):
        ran = relay.run_due()
        total += ran
        if ran == 0:
            return total
    raise AssertionError("events never come to rest: a listener emits for ever")


__all__ = [
    "House",
    "Tenant",
    "build",
    "deliver_all",
    "empty",
    "empty_node",
    "hosts",
    "serving",
    "transaction",
]
