"""The room's use cases, one file a subject."""

from cilis.domains.experts.service.applications import apply
from cilis.domains.experts.service.documents import add_document, open_document, remove_document
from cilis.domains.experts.service.imports import import_expert
from cilis.domains.experts.service.offers import (
    add_service,
    choose_policy,
    edit_service,
    order_services,
    price_minor,
    remove_service,
    service_wish,
    switch_service,
)
from cilis.domains.experts.service.packs import import_topics
from cilis.domains.experts.service.profiles import edit_profile, remove_picture, set_picture
from cilis.domains.experts.service.saving import (
    forget_left_behind,
    save,
    take_over_saved,
    unsave,
)
from cilis.domains.experts.service.standing import record_rating, record_ratings, reinstate, suspend
from cilis.domains.experts.service.topics import (
    add_topic,
    edit_topic,
    merge_topic,
    place_topic,
    remove_topic,
)
from cilis.domains.experts.service.verifications import (
    decide,
    submit_verification,
    withdraw_verification,
)

__all__ = [
    "add_document",
    "add_service",
    "add_topic",
    "apply",
    "choose_policy",
    "decide",
    "edit_profile",
    "edit_service",
    "edit_topic",
    "forget_left_behind",
    "import_expert",
    "import_topics",
    "merge_topic",
    "open_document",
    "order_services",
    "place_topic",
    "price_minor",
    "record_rating",
    "record_ratings",
    "reinstate",
    "remove_document",
    "remove_picture",
    "remove_service",
    "remove_topic",
    "save",
    "service_wish",
    "set_picture",
    "submit_verification",
    "suspend",
    "switch_service",
    "take_over_saved",
    "unsave",
    "withdraw_verification",
]
