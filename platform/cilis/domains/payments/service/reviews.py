"""A payment that the gateway suspects of fraud: a member of staff decides."""

from __future__ import annotations

from uuid import UUID

from cilis.domains.payments import queries
from cilis.domains.payments.errors import NotInReview, OwnPayment
from cilis.domains.payments.models import Attempt
from cilis.domains.payments.service.moves import move
from cilis.domains.payments.types import AttemptState, Cause, Step
from cilis.infra import idempotency
from cilis.infra.db import transaction
from cilis.kit.viewer import Viewer


def decide_review(attempt_id: UUID, viewer: Viewer, *, accept: bool, reason: str) -> Attempt:
    """Take the debited money as paid, or declare the payment failed.

    Declaring it failed gives nothing back by itself: the gateway reverses what it suspected.

    Raises:
        PaymentNotFound: no such attempt.
        OwnPayment: nobody decides about what they paid or are paid by.
        NotInReview: nobody has to decide about it.
    """
    with transaction() as session:
        attempt = queries.lock(session, attempt_id)
        if attempt.concerns(viewer.person):
            raise OwnPayment(f"{viewer.person} is a side of {attempt_id}")
        if attempt.state != AttemptState.REVIEW:
            raise NotInReview(f"attempt {attempt_id} is {attempt.state}")
        to = AttemptState.CAPTURED if accept else AttemptState.FAILED
        attempt.reason = "" if accept else "refused_in_review"
        move(session, attempt, to, Step(Cause.PERSON, {"reason": reason}, viewer.person))
        idempotency.made(session, attempt.id)
    return attempt
