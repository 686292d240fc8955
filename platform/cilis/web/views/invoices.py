"""Invoices, receipts and credit notes as lists show them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from cilis.domains import invoices
from cilis.infra.i18n import N_, gettext
from cilis.kit.money import Money

NAMES = {
    invoices.PaperKind.INVOICE: N_("Invoice"),
    invoices.PaperKind.RECEIPT: N_("Receipt"),
    invoices.PaperKind.CREDIT_NOTE: N_("Credit note"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One paper in a list; ``buyer`` is whoever it was issued to, as it says."""

    id: UUID
    kind: invoices.PaperKind
    name: str
    number: str
    issued_on: date
    total: Money
    buyer: str
    company: str
    payment_id: UUID | None


def rows(papers: Iterable[invoices.Paper]) -> list[Row]:
    """Papers as lists show them, in the same order."""
    return [
        Row(
            id=paper.id,
            kind=paper.kind,
            name=gettext(NAMES[paper.kind]),
            number=paper.number,
            issued_on=paper.issued_on,
            total=paper.total,
            buyer=paper.content["buyer"]["name"],
            company=paper.content["buyer"]["company"],
            payment_id=paper.payment_id,
        )
        for paper in papers
    ]


def by_payment(
    found: dict[UUID, list[invoices.Paper]],
) -> dict[UUID, Sequence[Row]]:
    """The papers of each payment."""
    return {payment_id: rows(papers) for payment_id, papers in found.items()}
