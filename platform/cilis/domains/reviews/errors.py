"""What the room refuses, and why."""

from __future__ import annotations

from cilis.kit.errors import DomainError, NotFound


class ReviewNotFound(NotFound):
    """No such review here, or not this viewer's to answer."""

    code = "review_not_found"


class NotReviewable(DomainError):
    """Only a client reviews, and only a session that took place."""

    code = "not_reviewable"


class AlreadyReviewed(DomainError):
    """The session has its review."""

    code = "already_reviewed"


class EditOver(DomainError):
    """A review is changed within two weeks, and only until the expert has answered."""

    code = "review_edit_over"


class AlreadyAnswered(DomainError):
    """The expert has answered this review."""

    code = "already_answered"
