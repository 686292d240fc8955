"""What the room does by the clock."""

from __future__ import annotations

from cilis.domains import tenants
from cilis.domains.scheduling import service
from cilis.infra.db import reading
from cilis.infra.tasks import once_a_day

_ROUNDS = 200


@once_a_day
def keep_up_holidays() -> None:
    """Take off the public holidays that came into sight."""
    with reading() as session:
        language = tenants.organization(session).default_language
    for _ in range(_ROUNDS):  # the rest waits until tomorrow
        if not service.keep_up_holidays(language):
            break
