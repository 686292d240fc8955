"""The room's reads, one file a subject. All join the caller's session."""

from cilis.domains.experts.queries.cards import (
    biographies,
    card,
    cards,
    expert_of_person,
    ids_page,
    rating_of,
    with_topics,
)
from cilis.domains.experts.queries.profiles import (
    mine,
    profile,
    readiness,
    visible_id,
)
from cilis.domains.experts.queries.services import service_terms, services_of
from cilis.domains.experts.queries.staff import list_for_staff
from cilis.domains.experts.queries.topics import topic, topic_by_slug, topics
from cilis.domains.experts.queries.verifications import (
    DocumentView,
    QueueItem,
    StepView,
    VerificationView,
    documents_of,
    latest_verification,
    queue_counts,
    verification,
    verification_queue,
)

__all__ = [
    "DocumentView",
    "QueueItem",
    "StepView",
    "VerificationView",
    "biographies",
    "card",
    "cards",
    "documents_of",
    "expert_of_person",
    "ids_page",
    "latest_verification",
    "list_for_staff",
    "mine",
    "profile",
    "queue_counts",
    "rating_of",
    "readiness",
    "service_terms",
    "services_of",
    "topic",
    "topic_by_slug",
    "topics",
    "verification",
    "verification_queue",
    "visible_id",
    "with_topics",
]
