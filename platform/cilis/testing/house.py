"""A whole house for tests: one embedded server per run, ready tenants, a clock that moves."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from cilis import config, rooms
from cilis.infra import hosts, limits, provisioning, relay
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


def empty(tenant: Tenant) -> None:
    """Delete every row of the tenant's tables that has any."""
    tables = list(reversed(Base.metadata.sorted_tables))
    with provisioning.owner() as connection:
        connection.execute(f"SET search_path TO {tenant.schema}, ext")
        filled = sa.text(
            " UNION ALL ".join(
                f"SELECT '{table.name}' WHERE EXISTS (SELECT 1 FROM {table.name})"  # noqa: S608
                for table in tables
            )
        )
        found = {row[0] for row in connection.execute(str(filled))}
        with connection.transaction():
            for table in tables:
                if table.name in found:
                    connection.execute(f"DELETE FROM {table.name}")  # noqa: S608


def empty_node() -> None:
    """Forget all events, receipts and moves of the clock."""
    with provisioning.owner() as connection:
        connection.execute("DELETE FROM node.receipts")
        connection.execute("DELETE FROM node.outbox")
        connection.execute("UPDATE node.clock_shift SET seconds = 0")
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
