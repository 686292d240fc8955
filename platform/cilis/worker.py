"""The Celery worker: `celery -A cilis.worker worker`."""

from typing import Any

from celery.signals import worker_process_init

from cilis.app import prepare_process
from cilis.infra import clocksync, db
from cilis.infra.heartbeat import BeatingWorker
from cilis.infra.tasks import celery

prepare_process("worker")
celery.steps["worker"].add(BeatingWorker)


@worker_process_init.connect  # type: ignore[untyped-decorator]
def _own_connections(**_: Any) -> None:
    """A forked child must not share its parent's connections, and has no threads of it."""
    db.engine().dispose(close=False)
    clocksync.keep_in_step()


__all__ = ["celery"]
