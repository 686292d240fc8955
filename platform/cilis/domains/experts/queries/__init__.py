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
from cilis.domains.experts.queries.facts import ExpertFact, facts, facts_of_people
from cilis.domains.experts.queries.profiles import (
    mine,
    profile,
    readiness,
    visible_id,
)
from cilis.domains.experts.queries.saved import kept_by, saved_among, saved_page
from cilis.domains.experts.queries.services import (
    places_of,
    service_terms,
    services,
    services_of,
)
from cilis.domains.experts.queries.sitemap import (
    PublicPage,
    chosen_topics,
    first_of_parts,
    public_pages,
)
from cilis.domains.experts.queries.staff import list_for_staff
from cilis.domains.experts.queries.topics import (
    fields_of,
    topic,
    topic_by_slug,
    topic_line,
    topic_reach,
    topic_usage,
    topics,
)
from cilis.domains.experts.queries.verifications import (
    DocumentView,
    QueueItem,
    StepView,
    VerificationRound,
    VerificationView,
    documents_of,
    latest_verification,
    queue_counts,
    verification,
    verification_queue,
    verifications_of,
)

__all__ = [
    "DocumentView",
    "ExpertFact",
    "PublicPage",
    "QueueItem",
    "StepView",
    "VerificationRound",
    "VerificationView",
    "biographies",
    "card",
    "cards",
    "chosen_topics",
    "documents_of",
    "expert_of_person",
    "facts",
    "facts_of_people",
    "fields_of",
    "first_of_parts",
    "ids_page",
    "kept_by",
    "latest_verification",
    "list_for_staff",
    "mine",
    "places_of",
    "profile",
    "public_pages",
    "queue_counts",
    "rating_of",
    "readiness",
    "saved_among",
    "saved_page",
    "service_terms",
    "services",
    "services_of",
    "topic",
    "topic_by_slug",
    "topic_line",
    "topic_reach",
    "topic_usage",
    "topics",
    "verification",
    "verification_queue",
    "verifications_of",
    "visible_id",
    "with_topics",
]
