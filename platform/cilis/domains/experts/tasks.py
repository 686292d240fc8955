"""What the room does by the clock."""

from __future__ import annotations

from cilis.domains.experts import service
from cilis.infra.tasks import once_a_day

_ROUNDS = 200


@once_a_day
def keep_tidy() -> None:
    """Forget the lists of browsers that never signed in."""
    for _ in range(_ROUNDS):  # the rest waits until tomorrow
        if not service.forget_left_behind():
            break
