"""The one clock of the house.

Every process measures its distance to the database's clock and adds it here, so that all of
them agree; tests and the demo move the same distance.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_distance = timedelta()


def now() -> datetime:
    """The current instant, UTC, aware."""
    return datetime.now(UTC) + _distance  # noqa: TID251 - the one place that reads the machine


def set_distance(distance: timedelta) -> None:
    """Say how far this machine's clock lies behind the house's (negative: ahead)."""
    global _distance  # noqa: PLW0603 - one clock for a process
    _distance = distance


def distance() -> timedelta:
    """What `now` adds to the machine's clock."""
    return _distance
