"""What happens below, and what search does about it. All are repeatable and need no order.

Reading an expert's calendar again takes some 50 ms, and many fall due at once: at the full hour, or
when somebody imports a hundred experts. Only what a client waits for goes by the quick lane.
"""

from __future__ import annotations

import logging

from cilis.domains import experts, scheduling
from cilis.domains.search import service
from cilis.domains.search.events import CardStale, CardWritten
from cilis.infra import search
from cilis.infra.outbox import listens_to

log = logging.getLogger(__name__)


@listens_to(experts.ExpertChanged, slow=True)
def read_expert_again(event: experts.ExpertChanged) -> None:
    """Profile, services, rating or state changed: read the expert again."""
    service.read_again([event.expert_id])


@listens_to(experts.TopicChanged, slow=True)
def read_topic_again(event: experts.TopicChanged) -> None:
    """A topic got other words or another place: read its experts again."""
    service.read_topic_again(event.topic_id)


@listens_to(scheduling.HoursChanged, slow=True)
def refresh_after_hours(event: scheduling.HoursChanged) -> None:
    """The week changed: other times are free."""
    service.refresh_times(event.expert_id)


@listens_to(scheduling.ClaimTaken)
def refresh_after_claim(event: scheduling.ClaimTaken) -> None:
    """An hour was taken: it goes from all results."""
    service.refresh_times(event.expert_id)


@listens_to(scheduling.ClaimReleased)
def refresh_after_release(event: scheduling.ClaimReleased) -> None:
    """An hour is free again."""
    service.refresh_times(event.expert_id)


@listens_to(CardStale, slow=True)
def refresh_stale_card(event: CardStale) -> None:
    """The next start of a card has passed."""
    service.refresh_stale(event.expert_id, event.due)


@listens_to(CardWritten, slow=True)
def bring_to_the_index(event: CardWritten) -> None:
    """An expert's row was written: Elasticsearch hears of it, again and again until it answers."""
    if not search.is_connected():
        return
    try:
        service.bring([event.expert_id])
    except search.NotBuilt:  # `cilis search rebuild` brings everybody when it makes the index
        log.info("search: no index yet")
