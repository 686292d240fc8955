"""What waits for a person of the staff, and where it is dealt with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for
from sqlalchemy.orm import Session

from cilis.domains import bookings, experts, payments, payouts
from cilis.domains.experts import VerificationState
from cilis.infra.i18n import format_datetime, gettext
from cilis.kit.viewer import Viewer

_MOST = 99
"""Disputes are counted up to this number."""


@dataclass(frozen=True, slots=True)
class Queue:
    """Things that wait; without an address there is nothing to open."""

    key: str
    name: str
    detail: str
    count: int
    icon: str
    tone: str
    address: str = ""


def queues(session: Session, viewer: Viewer, given_up: int) -> Sequence[Queue]:
    """Every queue with its length; a few queries, always alike.

    ``given_up``: deliveries of the outbox that were tried in vain; they are counted elsewhere.
    """
    return [
        _verifications(session),
        *_money(session),
        _payouts(session),
        _disputes(session, viewer),
        _requests(session),
        Queue(
            "given_up",
            gettext("Things that did not go out"),
            gettext("a mail, a message or a figure; whoever runs the servers can send them again"),
            given_up,
            "mail-warning",
            "negative",
        ),
    ]


def badges(found: Sequence[Queue]) -> dict[str, int]:
    """The numbers of the rail."""
    counts = {queue.key: queue.count for queue in found}
    return {
        "verification": counts["verification"],
        "bookings": counts["disputes"],
        "payments": counts["reviews"] + counts["refused"] + counts["approvals"],
        "payouts": counts["payouts"],
    }


def _verifications(session: Session) -> Queue:
    oldest = experts.verification_queue(session, limit=1).items
    return Queue(
        "verification",
        gettext("Experts to verify"),
        gettext("oldest since %(time)s", time=format_datetime(oldest[0].submitted_at))
        if oldest
        else gettext("nobody waits"),
        experts.queue_counts(session)[VerificationState.SUBMITTED],
        "badge-check",
        "caution",
        url_for("admin_verification_pages.queue"),
    )


def _money(session: Session) -> Sequence[Queue]:
    reviews, refused = payments.waiting(session)
    approvals = payments.requests_waiting(session)
    return [
        Queue(
            "approvals",
            gettext("Refunds that wait for a second person"),
            gettext("above one person’s limit"),
            approvals,
            "hourglass",
            "caution",
            url_for("admin_approval_pages.index"),
        ),
        Queue(
            "reviews",
            gettext("Payments under review"),
            gettext("the gateway suspects something"),
            reviews,
            "search-check",
            "caution",
            url_for("admin_payment_pages.index", state="review"),
        ),
        Queue(
            "refused",
            gettext("Refunds that a bank refused"),
            gettext("the money is still here"),
            refused,
            "undo-2",
            "negative",
            url_for("admin_payment_pages.index", refund="refused"),
        ),
    ]


def _payouts(session: Session) -> Queue:
    batches, corrections = payouts.waiting(session)
    return Queue(
        "payouts",
        gettext("Payouts to approve"),
        gettext("a batch or a correction needs a second person"),
        batches + corrections,
        "landmark",
        "caution",
        url_for("admin_payout_pages.index"),
    )


def _disputes(session: Session, viewer: Viewer) -> Queue:
    found = bookings.find(session, viewer, bookings.Search(disputed=True), limit=_MOST)
    return Queue(
        "disputes",
        gettext("Sessions that are disputed"),
        gettext("one side says that it was otherwise"),
        len(found.items),
        "scale",
        "caution",
        url_for("admin_booking_pages.index", disputed=1),
    )


def _requests(session: Session) -> Queue:
    return Queue(
        "requests",
        gettext("Requests without an answer"),
        gettext("experts answer them"),
        bookings.requests_waiting(session),
        "hourglass",
        "info",
        url_for("admin_booking_pages.index", state="pending", soonest=1),
    )
