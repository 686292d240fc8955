"""What happens below, and what reviews do about it."""

from __future__ import annotations

from cilis.domains import experts
from cilis.domains.reviews import service
from cilis.infra.db import transaction
from cilis.infra.outbox import listens_to


@listens_to(experts.TopicMerged, slow=True)
def follow_merged_topic(event: experts.TopicMerged) -> None:
    """A topic is gone: its reviews speak of the one that took its place. Repeatable."""
    with transaction() as session:
        service.move_topic(session, event.topic_id, event.into_id)
