"""Reviews: what clients say after a session, and what experts answer.

This file is the room's only door.
"""

from cilis.domains.reviews.errors import (
    AlreadyAnswered,
    AlreadyReviewed,
    NotReviewable,
    ReviewNotFound,
)
from cilis.domains.reviews.events import ReviewAnswered, ReviewWritten
from cilis.domains.reviews.queries import (
    distribution,
    get,
    latest,
    may_write,
    of_bookings,
    of_expert,
)
from cilis.domains.reviews.schemas import ReplySchema, ReviewFormSchema
from cilis.domains.reviews.service import answer, import_review, import_reviews, label_of, write
from cilis.domains.reviews.types import ASPECTS, Distribution, Review, ReviewImport

__all__ = [
    "ASPECTS",
    "AlreadyAnswered",
    "AlreadyReviewed",
    "Distribution",
    "NotReviewable",
    "ReplySchema",
    "Review",
    "ReviewAnswered",
    "ReviewFormSchema",
    "ReviewImport",
    "ReviewNotFound",
    "ReviewWritten",
    "answer",
    "distribution",
    "get",
    "import_review",
    "import_reviews",
    "label_of",
    "latest",
    "may_write",
    "of_bookings",
    "of_expert",
    "write",
]
