"""What the room refuses."""

from __future__ import annotations

from http import HTTPStatus

from cilis.kit.errors import DomainError


class RuleNotFound(DomainError):
    """No such commission rule in this organization."""

    code = "commission_rule_not_found"
    status = HTTPStatus.NOT_FOUND


class RateNotFound(DomainError):
    """No such tax rate in this organization."""

    code = "tax_rate_not_found"
    status = HTTPStatus.NOT_FOUND


class RateInUse(DomainError):
    """Services have this tax rate; they need another one first."""

    code = "tax_rate_in_use"
