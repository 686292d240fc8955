"""The room's reads; every function joins the caller's session."""

from cilis.domains.invoices.queries.lists import every, of_person, of_subjects, page
from cilis.domains.invoices.queries.papers import (
    ROW,
    buyer,
    by_key,
    credited_by,
    get,
    of_payment,
    of_payments,
    settings,
    visible,
)

__all__ = [
    "ROW",
    "buyer",
    "by_key",
    "credited_by",
    "every",
    "get",
    "of_payment",
    "of_payments",
    "of_person",
    "of_subjects",
    "page",
    "settings",
    "visible",
]
