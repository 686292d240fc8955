"""What payouts refuses."""

from __future__ import annotations

from http import HTTPStatus

from cilis.kit.errors import DomainError, Forbidden, NotFound


class BatchNotFound(NotFound):
    """No such batch in this tenant."""

    code = "payout_batch_not_found"


class PayoutNotFound(NotFound):
    """No such payout in this tenant, or not the viewer's."""

    code = "payout_not_found"


class AdjustmentNotFound(NotFound):
    """No such correction in this tenant."""

    code = "adjustment_not_found"


class StatementNotFound(NotFound):
    """No statement of this month: it has not begun, or lies too far back."""

    code = "statement_not_found"


class NothingToPay(DomainError):
    """Nobody who was asked for can be paid now."""

    code = "nothing_to_pay"


class SecondPersonNeeded(Forbidden):
    """Whoever asked for it, or gets money by it, cannot approve it."""

    code = "second_person_needed"


class OwnBalance(Forbidden):
    """Nobody corrects their own balance."""

    code = "own_balance"


class BatchNotWaiting(DomainError):
    """Nobody has to approve this batch (any more)."""

    code = "payout_batch_not_waiting"


class BatchNotReady(DomainError):
    """The batch is not approved, or it is over."""

    code = "payout_batch_not_ready"


class BatchUnderWay(DomainError):
    """Some of its money has left: the batch cannot be called off as a whole."""

    code = "payout_batch_under_way"


class PayoutOver(DomainError):
    """The payout has come to an end that this does not fit."""

    code = "payout_over"


class AdjustmentDecided(DomainError):
    """The correction was decided before."""

    code = "adjustment_decided"


class OrganizationAccountMissing(DomainError):
    """A bank file needs the account from which the money goes."""

    code = "organization_account_missing"


class NoSuchFile(DomainError):
    """The batch has nothing for a file of this kind."""

    code = "payout_file_empty"
    status = HTTPStatus.CONFLICT
