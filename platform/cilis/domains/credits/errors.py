"""What the room refuses."""

from __future__ import annotations

from http import HTTPStatus

from cilis.kit.errors import DomainError


class CouponNotFound(DomainError):
    """No such coupon in this organization."""

    code = "coupon_not_found"
    status = HTTPStatus.NOT_FOUND


class PackageNotFound(DomainError):
    """No such package in this organization, or it is not on sale."""

    code = "package_not_found"
    status = HTTPStatus.NOT_FOUND


class CreditNotFound(DomainError):
    """No such credit for this viewer."""

    code = "credit_not_found"
    status = HTTPStatus.NOT_FOUND


class CreditNotUsable(DomainError):
    """This credit does not pay for this session, or not enough of it is left."""

    code = "credit_not_usable"


class CreditContested(DomainError):
    """A bank contests the money that was paid for this credit; it waits for the decision."""

    code = "credit_contested"


class CreditLapsed(DomainError):
    """It was not paid in time; it can be chosen again at today's terms."""

    code = "credit_lapsed"
    status = HTTPStatus.GONE


class NotReturnable(DomainError):
    """Nothing of this credit can be given back."""

    code = "credit_not_returnable"


class OwnCredit(DomainError):
    """Nobody of the team gives credit to themselves, or what is left of their own back."""

    code = "own_credit"
    status = HTTPStatus.FORBIDDEN


class GiftsOff(DomainError):
    """The organization sells no gift credit."""

    code = "gifts_off"


class CodeTaken(DomainError):
    """There is a coupon of this code."""

    code = "coupon_code_taken"


class CodeUnknown(DomainError):
    """No gift waits under this code, or somebody has taken it."""

    code = "gift_code_unknown"
    status = HTTPStatus.NOT_FOUND
