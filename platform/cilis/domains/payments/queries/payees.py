"""Accounts of payees at companies that pass shares on or pay out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains import experts
from cilis.domains.payments.models import PayeeAccount
from cilis.domains.payments.types import AccountStanding
from cilis.kit.errors import InvalidInput
from cilis.kit.pagination import Page, decode_cursor, encode_cursor


@dataclass(frozen=True, slots=True)
class ExpertAccount:
    """An expert, and what is known of the expert's account; None where there is none."""

    expert: experts.ExpertCard
    row: PayeeAccount | None

    @property
    def standing(self) -> AccountStanding:
        """How it stands."""
        return self.row.standing if self.row is not None else AccountStanding.NONE


def account_that_takes(session: Session, person_id: UUID | None, provider: str) -> str:
    """The payee's account at a company, if money may go there now; otherwise ""."""
    found = session.get(PayeeAccount, (person_id, provider)) if person_id else None
    return found.account if found is not None and found.takes_money else ""


def payee_standing(session: Session, person_id: UUID, provider: str) -> PayeeAccount | None:
    """What is known of a payee's account at a company."""
    return session.get(PayeeAccount, (person_id, provider))


def payee_standings(
    session: Session, person_ids: Collection[UUID], provider: str
) -> dict[UUID, PayeeAccount]:
    """What is known of these payees' accounts; whoever has none is left out."""
    if not person_ids:
        return {}
    rows = session.scalars(
        sa.select(PayeeAccount).where(
            PayeeAccount.provider == provider,
            PayeeAccount.person_id.in_(person_ids),
            PayeeAccount.account != "",
        )
    )
    return {row.person_id: row for row in rows}


def expert_accounts_page(
    session: Session, provider: str, *, cursor: str | None = None, limit: int = 20
) -> Page[ExpertAccount]:
    """All experts with their accounts at a company, in the order in which they joined.

    Raises:
        InvalidInput: on ``cursor``.
    """
    found = experts.ids_page(session, _after(cursor), limit + 1)
    cards = experts.cards(session, found[:limit])
    shown = [cards[one] for one in found[:limit] if one in cards]
    rows = payee_standings(session, [one.person_id for one in shown], provider)
    mark = encode_cursor(str(found[limit - 1])) if len(found) > limit else None
    return Page([ExpertAccount(one, rows.get(one.person_id)) for one in shown], mark)


def _after(cursor: str | None) -> UUID | None:
    if cursor is None:
        return None
    try:
        return UUID(str(decode_cursor(cursor, 1)[0]))
    except ValueError as problem:
        raise InvalidInput({"cursor": ["not_a_cursor"]}) from problem
