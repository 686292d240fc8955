"""What invoices refuses."""

from __future__ import annotations

from cilis.kit.errors import NotFound


class PaperNotFound(NotFound):
    """No such paper, or not for this viewer."""

    code = "invoice_not_found"


class NothingToIssue(ValueError):
    """A paper without lines, in two currencies, or of a kind that others do not ask for."""
