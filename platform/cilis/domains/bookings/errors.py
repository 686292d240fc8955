"""What bookings refuses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus

from cilis.kit.errors import DomainError, Forbidden, NotFound, TooMany


class BookingNotFound(NotFound):
    """No such booking in this tenant, or not for this viewer."""

    code = "booking_not_found"


class SlotTaken(DomainError):
    """Somebody else holds part of this time; ``near`` names up to three free starts."""

    code = "slot_taken"

    def __init__(self, message: str = "", *, near: Sequence[datetime] = ()) -> None:
        super().__init__(message, near=[start.isoformat() for start in near])


class SlotNotOffered(SlotTaken):
    """The expert does not offer this start (any more); ``near`` names free ones."""

    code = "slot_not_offered"


class HoldExpired(DomainError):
    """The hold ran out, or was given up."""

    code = "hold_expired"
    status = HTTPStatus.GONE


class TooManyHolds(TooMany):
    """One person holds several hours of one expert already."""

    code = "too_many_holds"


class PaymentUnderWay(DomainError):
    """The browser holds another hour whose payment has begun; ``booking_id`` says which."""

    code = "payment_under_way"


class MoveNotFound(NotFound):
    """No such change of this booking."""

    code = "move_not_found"


class MoveOver(DomainError):
    """The change is done, given up, or its time is over; ``state`` says which."""

    code = "move_over"
    status = HTTPStatus.GONE


class TooManyMoves(DomainError):
    """The client has moved this session as often as its rules allow; ``limit``."""

    code = "too_many_moves"


class ProposalNotFound(NotFound):
    """No such proposal of this booking."""

    code = "proposal_not_found"


class ProposalOver(DomainError):
    """The proposal was answered, taken back or overtaken, or its time is over."""

    code = "proposal_over"
    status = HTTPStatus.GONE


class OwnService(DomainError):
    """Nobody books themselves."""

    code = "own_service"


class NotPossibleNow(DomainError):
    """The booking's state does not allow it; ``state`` says what it is."""

    code = "not_possible_now"


class SessionDecided(DomainError):
    """A person of the organization has found what happened; the finding stands."""

    code = "session_decided"


class TooLate(DomainError):
    """The time for it is over."""

    code = "too_late"


class TooEarly(DomainError):
    """The time for it has not come."""

    code = "too_early"


class NotYours(Forbidden):
    """The viewer may see the booking, but another side has to do this."""

    code = "not_your_side"
