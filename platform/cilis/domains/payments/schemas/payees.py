"""Payees' accounts at companies as the API takes and gives them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import fields

from cilis.domains.payments.models import PayeeAccount
from cilis.domains.payments.types import AccountStanding
from cilis.infra.http.paging import PageArgs, page_schema
from cilis.infra.http.schemas import Instant, Strict, Text, one_of


class PayeeAccountValueSchema(Strict):
    """An account by the company's own name for it."""

    account = Text(required=True, most=80)


class PayeeAccountSchema(Strict):
    """Where an expert's share goes."""

    person_id = fields.UUID(required=True)
    provider = fields.String(required=True)
    account = fields.String(required=True)


class StandingOfAccountSchema(Strict):
    """How an expert's account at a company stands."""

    person_id = fields.UUID(required=True)
    provider = fields.String(required=True)
    account = fields.String(required=True)
    standing = fields.String(required=True, validate=one_of(*AccountStanding))
    can_receive = fields.Boolean(
        required=True, metadata={"description": "Shares and transfers arrive there."}
    )
    can_charge = fields.Boolean(required=True)
    can_be_paid = fields.Boolean(
        required=True, metadata={"description": "The company pays out to the expert's bank."}
    )
    due = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "What the expert still has to say, in the company's own codes."},
    )
    obstacle = fields.String(required=True)
    told_at = Instant(required=True, allow_none=True)


class ExpertAccountSchema(StandingOfAccountSchema):
    """An expert with the account, if there is one."""

    expert_id = fields.UUID(required=True)
    name = fields.String(required=True)


class AccountListArgs(PageArgs):
    """Query of the list of experts' accounts."""

    provider = fields.String(required=True)


class AccountPageArgs(Strict):
    """Who wants to get there."""

    current_password = fields.String(
        load_default="", metadata={"description": "Needed while you have no account there."}
    )


class AccountPageSchema(Strict):
    """The company's page on which an account is opened."""

    url = fields.Url(required=True, metadata={"description": "Good for a few minutes, once."})


ExpertAccountPageSchema = page_schema(ExpertAccountSchema)


def show_standing(person_id: UUID, provider: str, row: PayeeAccount | None) -> dict[str, Any]:
    """How an account stands, also where there is none."""
    known = row or PayeeAccount(account="", due=[], obstacle="")
    return {
        "person_id": person_id,
        "provider": provider,
        "account": known.account,
        "standing": known.standing.value,
        "can_receive": bool(known.can_receive),
        "can_charge": bool(known.can_charge),
        "can_be_paid": bool(known.can_be_paid),
        "due": list(known.due),
        "obstacle": known.obstacle,
        "told_at": known.told_at,
    }
