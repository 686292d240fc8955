"""Reviews: what clients say after a session, and what experts answer.

This file is the room's only door.
"""

from cilis.domains.reviews.errors import (
    AlreadyAnswered,
    AlreadyReviewed,
    EditOver,
    NotReviewable,
    ReviewNotFound,
)
from cilis.domains.reviews.events import ReviewAnswered, ReviewEdited, ReviewWritten
from cilis.domains.reviews.queries import (
    distribution,
    get,
    latest,
    may_edit,
    may_write,
    of_bookings,
    of_expert,
    unanswered_count,
)
from cilis.domains.reviews.schemas import ReplySchema, ReviewFormSchema, marks_of
from cilis.domains.reviews.service import (
    answer,
    edit,
    import_review,
    import_reviews,
    label_of,
    write,
)
from cilis.domains.reviews.types import ASPECTS, EDITABLE_FOR, Distribution, Review, ReviewImport

__all__ = [
    "ASPECTS",
    "EDITABLE_FOR",
    "AlreadyAnswered",
    "AlreadyReviewed",
    "Distribution",
    "EditOver",
    "NotReviewable",
    "ReplySchema",
    "Review",
    "ReviewAnswered",
    "ReviewEdited",
    "ReviewFormSchema",
    "ReviewImport",
    "ReviewNotFound",
    "ReviewWritten",
    "answer",
    "distribution",
    "edit",
    "get",
    "import_review",
    "import_reviews",
    "label_of",
    "latest",
    "marks_of",
    "may_edit",
    "may_write",
    "of_bookings",
    "of_expert",
    "unanswered_count",
    "write",
]
