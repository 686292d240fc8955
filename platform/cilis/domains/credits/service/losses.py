"""Purchases whose money goes again: the credit goes along; what was spent the organization bears.

What it bore it takes as soon as something comes back to the credit: nobody has both the money and
the credit.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from cilis.domains import ledger, payments
from cilis.domains.credits import queries
from cilis.domains.credits.models import Credit
from cilis.domains.credits.service.postings import post_borne, post_returned
from cilis.domains.credits.types import CreditState
from cilis.kit import clock
from cilis.kit.money import Money


def take_refunded(session: Session, found: Credit, refund: payments.Refund) -> None:
    """Let as much of a locked credit go as went back of its purchase; a repeat changes nothing."""
    if refund.state is payments.RefundState.REFUSED:
        return  # the news of that came first
    if ledger.posted_under(session, f"credit_returned:{refund.id.hex}") is not None:
        return
    post_returned(session, found, refund.amount, refund.id, queries.left(session, found))
    _close_if_empty(session, found)


def settle_borne(session: Session, found: Credit) -> None:
    """Take what the organization bore of a purchase from its locked credit, as far as it is there.

    Where it bears less than it took, since a bank decided anew, the credit has the rest again.
    """
    if found.paid_attempt_id is None:
        return
    minor = min(queries.borne(session, found).minor, queries.left(session, found).minor)
    if minor:
        post_borne(session, found, Money(minor, found.currency))
    if minor > 0:
        _close_if_empty(session, found)


def _close_if_empty(session: Session, found: Credit) -> None:
    """A locked credit of which nothing is left, because its purchase was undone, is over."""
    if queries.left(session, found).minor <= 0:
        found.state, found.closed_at = CreditState.RETURNED, clock.now()
