"""Hints to the expert's open pages, after the commit; a lost one costs nothing.

Socket event ``calendars.freshness_changed`` to ``person:<expert>``, payload
``{"calendar_id": str}``. The page reads the state of all calendars again.
"""

from __future__ import annotations

from cilis.domains import experts
from cilis.domains.calendars.events import FreshnessChanged
from cilis.infra.db import reading
from cilis.infra.outbox import listens_to
from cilis.infra.realtime import push


@listens_to(FreshnessChanged)
def push_freshness(event: FreshnessChanged) -> None:
    """A calendar cannot be read any more, or can again."""
    with reading() as session:
        person_id = experts.card(session, event.expert_id).person_id
    hint = {"calendar_id": str(event.calendar_id)}
    push(f"person:{person_id}", "calendars.freshness_changed", hint)
