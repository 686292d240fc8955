"""What scheduling refuses."""

from __future__ import annotations

from cilis.kit.errors import NotFound


class ExceptionNotFound(NotFound):
    """No such exception of this expert's week."""

    code = "exception_not_found"


class RuleNotFound(NotFound):
    """No such rule of this expert's week."""

    code = "rule_not_found"
