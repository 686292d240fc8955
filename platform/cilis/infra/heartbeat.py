"""How Celery's processes say that they live: they have no port that a probe could ask."""

from __future__ import annotations

from typing import Any

from celery import bootsteps
from celery.beat import PersistentScheduler
from typing_extensions import override

from cilis.infra.readiness import beat

_BEATS_EVERY = 10.0


class BeatingWorker(bootsteps.StartStopStep):  # type: ignore[misc]  # Celery ships no types
    """A part of the Celery worker that beats from the worker's own loop."""

    requires = {"celery.worker.components:Timer"}  # noqa: RUF012 - Celery's own way

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self._timer: Any = None

    @override
    def start(self, parent: Any) -> None:
        """Begin to beat."""
        beat()
        self._timer = parent.timer.call_repeatedly(_BEATS_EVERY, beat)

    @override
    def stop(self, parent: Any) -> None:
        """No more."""
        if self._timer is not None:
            self._timer.cancel()


class BeatingScheduler(PersistentScheduler):  # type: ignore[misc]  # Celery ships no types
    """Celery's clock, which beats at each of its rounds."""

    max_interval = 30

    @override
    def tick(self, *args: Any, **options: Any) -> Any:
        """One round."""
        beat()
        return super().tick(*args, **options)
