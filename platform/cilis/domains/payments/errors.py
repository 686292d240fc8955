"""What payments refuses."""

from __future__ import annotations

from http import HTTPStatus

from cilis.kit.errors import DomainError, Forbidden, NotFound, Unavailable


class PaymentNotFound(NotFound):
    """No such payment in this tenant, or not the viewer's."""

    code = "payment_not_found"


class RefundNotFound(NotFound):
    """No such refund in this tenant, or not the viewer's."""

    code = "refund_not_found"


class DifferenceNotFound(NotFound):
    """No such difference in this tenant."""

    code = "difference_not_found"


class RepairNotPossible(DomainError):
    """The difference is settled, or cannot be repaired this way (any more)."""

    code = "repair_not_possible"


class NoSettlementFile(DomainError):
    """The gateway has no such file, or this is none of them."""

    code = "no_settlement_file"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class MethodNotOffered(DomainError):
    """The organization does not take money this way, or not in this currency."""

    code = "payment_method_not_offered"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class GatewayUnavailable(Unavailable):
    """The payment company did not take the order; nothing was paid, another try is right."""

    code = "gateway_unavailable"


class AlreadyPaid(DomainError):
    """The money for this thing has come."""

    code = "already_paid"


class PaymentOver(DomainError):
    """The attempt has ended; a new one must be opened."""

    code = "payment_over"
    status = HTTPStatus.GONE


class NotRefundable(DomainError):
    """Only money that has come can go back."""

    code = "not_refundable"


class RefundTooLarge(DomainError):
    """More would go back than came; ``left_minor`` says what is left."""

    code = "refund_too_large"


class RefundAboveLimit(DomainError):
    """More than one person may give back alone; ``limit_minor``, and what of it is left."""

    code = "refund_above_limit"


class RefundRequestNotFound(NotFound):
    """Nobody asked for such a refund here."""

    code = "refund_request_not_found"


class RefundRequestWaiting(DomainError):
    """About this payment another refund waits for its second person."""

    code = "refund_request_waiting"


class RefundRequestOver(DomainError):
    """It is decided, withdrawn, or nobody answered in time; ``state`` says which."""

    code = "refund_request_over"
    status = HTTPStatus.GONE


class OwnRefundRequest(Forbidden):
    """Nobody agrees to what they asked for themselves."""

    code = "own_refund_request"


class NotInReview(DomainError):
    """Nobody has to decide about this payment."""

    code = "not_in_review"


class OwnPayment(Forbidden):
    """The member of staff paid it or was paid by it: another one has to act."""

    code = "own_payment"


class NotByHand(DomainError):
    """The gateway itself tells of this money; nobody writes it down by hand."""

    code = "not_by_hand"


class NotTheAmount(DomainError):
    """Another amount came than was asked for; ``expected_minor`` says which."""

    code = "not_the_amount"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class RefundOver(DomainError):
    """The refund has ended: it was paid out, or was refused."""

    code = "refund_over"


class DisputeNotFound(NotFound):
    """No such dispute in this tenant."""

    code = "dispute_not_found"


class EvidenceClosed(DomainError):
    """The bank takes no evidence (any more): it was told, or has decided."""

    code = "evidence_closed"


class NothingToTell(DomainError):
    """There is no evidence yet."""

    code = "nothing_to_tell"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
