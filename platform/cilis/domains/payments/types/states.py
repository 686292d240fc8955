"""States of payments, refunds and disputes, the moves between them, and other closed lists."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class AttemptState(StrEnum):
    """How far one attempt to take money has come."""

    CREATED = "created"
    SENT = "sent"
    PENDING = "pending"
    EXPIRED = "expired"
    FAILED = "failed"
    REVIEW = "review"
    CAPTURED = "captured"


class RefundState(StrEnum):
    """How far giving money back has come."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    DONE = "done"
    REFUSED = "refused"


class DisputeState(StrEnum):
    """How far a dispute (chargeback) has come."""

    INQUIRY = "inquiry"
    OPEN = "open"
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"
    CLOSED = "closed"


class BorneBy(StrEnum):
    """Whose money a refund is: of the organization alone, or of all that share in the price."""

    ORGANIZATION = "organization"
    SHARED = "shared"


class RequestState(StrEnum):
    """What became of a refund that a second person has to agree to."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Cause(StrEnum):
    """What made a state change."""

    OPENED = "opened"
    SENDING = "sending"
    NOTICE = "notice"
    QUERY = "query"
    EXPIRY = "expiry"
    REFUNDING = "refunding"
    PERSON = "person"
    DISPUTE = "dispute"
    IMPORTED = "imported"
    CREDIT = "credit"


CREDIT = "credit"
"""The provider of payments by credit: no gateway, the money is here already."""


class About(StrEnum):
    """What kind of thing is paid for; its page is where the payer comes back to."""

    BOOKING = "booking"
    CREDIT = "credit"


class Difference(StrEnum):
    """How a gateway's books and ours differ about one thing."""

    MISSING_WITH_US = "missing_with_us"
    MISSING_AT_GATEWAY = "missing_at_gateway"
    AMOUNT_DIFFERS = "amount_differs"
    STATE_DIFFERS = "state_differs"


class DifferenceState(StrEnum):
    """Whether somebody still has to look at a difference."""

    OPEN = "open"
    REPAIRED = "repaired"
    EXPLAINED = "explained"


class AccountStanding(StrEnum):
    """How a payee's account at a company stands."""

    NONE = "none"
    UNKNOWN = "unknown"  # entered by hand; the company has told nothing
    OPENING = "opening"  # the payee has not said everything yet
    READY = "ready"
    ASKED = "asked"  # it works, and the company wants to know more
    SHUT = "shut"  # the company decides, or has decided


class Repair(StrEnum):
    """What can be done about a difference."""

    ASK = "ask"  # ask the gateway again and believe it
    TAKE_IN = "take_in"  # the money is there: captured, though late
    REFUND = "refund"  # give back what is left of it
    EXPLAIN = "explain"  # it is as it should be, or was settled elsewhere


class Source(StrEnum):
    """Where the gateway's side of a comparison came from."""

    LIST = "list"
    QUESTIONS = "questions"  # it has no list: asked about each payment
    FILE = "file"


_A = AttemptState
ATTEMPT_MOVES: Mapping[AttemptState, frozenset[AttemptState]] = {
    _A.CREATED: frozenset({_A.SENT, _A.PENDING, _A.EXPIRED, _A.FAILED, _A.REVIEW, _A.CAPTURED}),
    _A.SENT: frozenset({_A.PENDING, _A.EXPIRED, _A.FAILED, _A.REVIEW, _A.CAPTURED}),
    _A.PENDING: frozenset({_A.EXPIRED, _A.FAILED, _A.REVIEW, _A.CAPTURED}),
    # Money that comes after we gave up is still money: it is captured, and bookings decides.
    _A.EXPIRED: frozenset({_A.REVIEW, _A.CAPTURED}),
    _A.FAILED: frozenset({_A.REVIEW, _A.CAPTURED}),
    _A.REVIEW: frozenset({_A.FAILED, _A.CAPTURED}),
    _A.CAPTURED: frozenset(),
}

_R = RefundState
REFUND_MOVES: Mapping[RefundState, frozenset[RefundState]] = {
    _R.ASKED: frozenset({_R.ACCEPTED, _R.DONE, _R.REFUSED}),
    _R.ACCEPTED: frozenset({_R.DONE, _R.REFUSED}),
    # A bank may send a finished refund back, for instance to a closed card.
    _R.DONE: frozenset({_R.REFUSED}),
    _R.REFUSED: frozenset(),
}

_D = DisputeState
DISPUTE_MOVES: Mapping[DisputeState, frozenset[DisputeState]] = {
    _D.INQUIRY: frozenset({_D.OPEN, _D.UNDER_REVIEW, _D.WON, _D.LOST, _D.CLOSED}),
    _D.OPEN: frozenset({_D.UNDER_REVIEW, _D.WON, _D.LOST}),
    _D.UNDER_REVIEW: frozenset({_D.WON, _D.LOST}),
    _D.WON: frozenset(),
    _D.LOST: frozenset({_D.WON}),  # an appeal, or a bank that changed its mind
    _D.CLOSED: frozenset({_D.OPEN, _D.UNDER_REVIEW, _D.WON, _D.LOST}),  # asked, then taken back
}
ANSWERABLE = frozenset({_D.INQUIRY, _D.OPEN})
"""States in which a bank takes evidence."""

LIVE_STATES = frozenset({_A.CREATED, _A.SENT, _A.PENDING})
"""States in which the client may still be about to pay."""
