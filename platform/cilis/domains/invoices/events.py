"""What invoices reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cilis.infra.outbox import Event


@dataclass(frozen=True, kw_only=True)
class PaperIssued(Event):
    """A paper has its number; ``kind`` is invoice, receipt or credit_note.

    Listeners: none of ours yet. Fields are only ever added.
    """

    name: ClassVar[str] = "invoices.issued.v1"

    paper_id: UUID
    kind: str
    person_id: UUID
