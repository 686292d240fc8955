"""What the room does by the clock."""

from __future__ import annotations

from cilis.domains.identity import service
from cilis.infra.tasks import once_a_day

_ROUNDS = 200


@once_a_day
def keep_tidy() -> None:
    """Forget sessions and links that ended a month ago; let everybody be found."""
    for work in (service.forget_stale, service.fill_words):
        for _ in range(_ROUNDS):  # the rest waits until tomorrow
            if not work():
                break
