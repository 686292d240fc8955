"""Celery: carries deliveries of the outbox and heavy work; what must happen never relies on it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Generic, ParamSpec
from uuid import UUID
from zlib import crc32

from celery import Celery

from cilis.config import settings
from cilis.infra import hosts, idempotency, provisioning, relay
from cilis.infra.db import transaction
from cilis.infra.outbox import listener
from cilis.infra.redis import Gone, asking
from cilis.infra.tenancy import Tenant, current_tenant, serving
from cilis.kit import clock, guard

P = ParamSpec("P")

log = logging.getLogger(__name__)

celery = Celery("worker")
_TICK = 600.0
_TURNS = 144  # ticks in a day
_MOST_BATCHES = 200  # of one organization in one round; the rest waits until tomorrow
QUICK = "quick"
"""The lane of what open pages and bookings wait for; each delivery in it takes milliseconds."""
SLOW = "celery"
"""The lane of all that may wait: mails, gateways, imports, pictures, rounds. Celery's own name."""
_rounds: dict[str, dict[str, Any]] = {}


def configure(broker_url: str) -> None:
    """Point Celery at the broker."""
    url = (
        broker_url.replace("unix://", "redis+socket://")
        if broker_url.startswith("unix:")
        else broker_url
    )
    celery.conf.update(
        broker_url=url,
        result_backend=None,
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_serializer="json",
        accept_content=["json"],
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_max_memory_per_child=400_000,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            "visibility_timeout": 120,
            "socket_timeout": 5,
            "socket_connect_timeout": 1,
            "retry_on_timeout": False,
        },
        broker_pool_limit=4,
        task_publish_retry=False,
        timezone="UTC",
        beat_schedule={
            "refill the pool": {"task": "cilis.infra.tasks.refill_pool", "schedule": 60.0},
            **_rounds,
        },
    )
    if f"{__name__}.forget_keys" not in _rounds:
        once_a_day(forget_keys)


@celery.task(name="cilis.infra.tasks.deliver")
def deliver(event_id: str, listener: str) -> None:
    """Run one delivery of the outbox."""
    relay.deliver(UUID(event_id), listener)


def lane_of(name: str) -> str:
    """Which queue carries the deliveries of a listener."""
    heard = listener(name)
    return SLOW if heard is None or heard.slow else QUICK


def waiting(lane: str) -> int:
    """How many tasks of a lane no worker has taken yet; 0 when nobody can say."""
    try:
        with asking() as redis:
            found = redis.llen(lane)
    except Gone:
        return 0
    return found if isinstance(found, int) else 0


@celery.task(name="cilis.infra.tasks.refill_pool")
def refill_pool() -> None:
    """Keep some prepared schemas ready for sign-ups; only where the owner's address is set."""
    if settings().database_owner_url:
        provisioning.fill_pool(settings().pool_ready_tenants)


def once_a_day(function: Callable[[], None]) -> Callable[[], None]:
    """Run a function for every organization once a day, a few of them every ten minutes.

    For what may wait: forgetting, mending. It must be safe to run twice, or a day late.
    """
    name = f"{function.__module__}.{function.__qualname__}"

    def run() -> None:
        for tenant in share(hosts.everyone(), clock.now()):
            try:
                with serving(tenant):
                    function()
            except Exception:
                log.exception("%s failed for %s; tomorrow again", name, tenant.slug)

    celery.task(name=name)(run)
    _rounds[name] = {"task": name, "schedule": _TICK}
    celery.conf.beat_schedule = {**celery.conf.beat_schedule, **_rounds}
    return function


def forget_keys() -> None:
    """Forget keys of requests that nobody repeats any more."""
    for _ in range(_MOST_BATCHES):
        with transaction() as session:
            gone = idempotency.forget_old(session)
        if not gone:
            break


def share(tenants: Iterable[Tenant], at: datetime) -> list[Tenant]:
    """Whose turn it is in these ten minutes: each tenant's comes once a day."""
    turn = int(at.timestamp() // _TICK) % _TURNS
    return [one for one in tenants if crc32(one.id.encode()) % _TURNS == turn]


class TenantTask(Generic[P]):
    """A function that runs in a worker, in the tenant of the code that sent it."""

    def __init__(self, function: Callable[P, None]) -> None:
        self._function = function
        self.name = f"{function.__module__}.{function.__qualname__}"

        def run(tenant: str, values: dict[str, Any]) -> None:  # Celery reads no bound method's form
            self._run(tenant, values)

        self._task = celery.task(name=self.name)(run)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Run here and now, in the current tenant."""
        current_tenant()
        self._function(*args, **kwargs)

    def send(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Run soon, in a worker; arguments must be JSON values. Never inside a transaction."""
        if args:
            raise TypeError("tasks take keyword arguments only")
        guard.refuse_inside_transaction(f"sending {self.name}")
        self._task.apply_async(kwargs={"tenant": current_tenant().id, "values": kwargs})

    def _run(self, tenant: str, values: dict[str, Any]) -> None:
        with serving(hosts.by_id(tenant)):
            self._function(**values)  # type: ignore[call-arg]


def tenant_task(function: Callable[P, None]) -> TenantTask[P]:
    """Make a function a task of its tenant; it must be safe to run twice."""
    return TenantTask(function)
