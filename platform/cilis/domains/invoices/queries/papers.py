"""One paper, those that belong to it, and what was decided about papers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.invoices.errors import PaperNotFound
from cilis.domains.invoices.models import BuyerRow, Paper, PaperSettingsRow
from cilis.domains.invoices.types import PATTERNS, STAFF, Buyer, PaperKind, PaperSettings
from cilis.kit.viewer import Viewer

ROW = 1


def get(session: Session, paper_id: UUID) -> Paper:
    """One paper; raises PaperNotFound."""
    found = session.get(Paper, paper_id)
    if found is None:
        raise PaperNotFound(f"no paper {paper_id}")
    return found


def visible(session: Session, viewer: Viewer, paper_id: UUID) -> Paper:
    """One paper for the person it is for, or the organization's staff; raises PaperNotFound."""
    found = get(session, paper_id)
    if found.person_id != viewer.person_id and not viewer.has(*STAFF):
        raise PaperNotFound(f"not the viewer's: {paper_id}")
    return found


def by_key(session: Session, key: str) -> Paper | None:
    """The paper that was made for this reason."""
    return session.scalar(sa.select(Paper).where(Paper.key == key))


def of_payment(session: Session, payment_id: UUID) -> Paper | None:
    """The invoice or receipt of a payment."""
    return session.scalar(
        sa.select(Paper).where(Paper.payment_id == payment_id, Paper.kind != PaperKind.CREDIT_NOTE)
    )


def of_payments(
    session: Session, viewer: Viewer, payment_ids: Iterable[UUID]
) -> dict[UUID, list[Paper]]:
    """The papers of some payments that the viewer may open, credit notes too, oldest first."""
    found: dict[UUID, list[Paper]] = {one: [] for one in payment_ids}
    if not found:
        return found
    asked = sa.select(Paper).where(Paper.payment_id.in_(found)).order_by(Paper.id)
    if not viewer.has(*STAFF):
        asked = asked.where(Paper.person_id == viewer.person)
    for paper in session.scalars(asked):
        if paper.payment_id is not None:
            found[paper.payment_id].append(paper)
    return found


def credited_by(session: Session, paper_id: UUID) -> Sequence[Paper]:
    """The credit notes of a paper, oldest first."""
    return session.scalars(
        sa.select(Paper).where(Paper.corrects_id == paper_id).order_by(Paper.id)
    ).all()


def settings(session: Session) -> PaperSettings:
    """How the organization's papers are made."""
    row = session.get(PaperSettingsRow, ROW)
    if row is None:
        return PaperSettings()
    patterns = {kind: row.patterns.get(kind.value, PATTERNS[kind]) for kind in PaperKind}
    return PaperSettings(booking_paper=row.booking_paper, patterns=patterns, note=row.note)


def buyer(session: Session, person_id: UUID) -> Buyer:
    """What a client wants to stand on papers."""
    row = session.get(BuyerRow, person_id)
    if row is None:
        return Buyer()
    return Buyer(company=row.company, address=row.address, tax_id=row.tax_id)
