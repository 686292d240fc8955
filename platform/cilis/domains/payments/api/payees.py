"""Experts' accounts at companies that pass shares on or pay out, over the API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from cilis.domains.payments import queries, service
from cilis.domains.payments.schemas.payees import (
    AccountListArgs,
    AccountPageArgs,
    AccountPageSchema,
    ExpertAccountPageSchema,
    PayeeAccountSchema,
    PayeeAccountValueSchema,
    StandingOfAccountSchema,
    show_standing,
)
from cilis.infra.db import reading
from cilis.infra.http.api import ApiBlueprint
from cilis.infra.http.paging import page_response
from cilis.infra.http.policies import policy
from cilis.infra.http.viewer import api_caller, viewer

STAFF = ("admin", "support")

payees = ApiBlueprint(
    "payee-accounts",
    __name__,
    url_prefix="/api/v1/payee-accounts",
    description="Where experts' shares go at companies that pass them on.",
)


@payees.get("")
@policy(*STAFF)
@payees.arguments(AccountListArgs, location="query")
@payees.response(200, ExpertAccountPageSchema)
@payees.problems(invalid_input=422)
def list_expert_accounts(args: dict[str, Any]) -> dict[str, Any]:
    """All experts with their accounts at a company."""
    with reading() as session:
        page = queries.expert_accounts_page(
            session, args["provider"], cursor=args["cursor"], limit=args["limit"]
        )
    return page_response(page, lambda one: _shown(one, args["provider"]))


@payees.get("/me/<provider>")
@policy("expert")
@payees.response(200, StandingOfAccountSchema)
def show_own_account(provider: str) -> dict[str, Any]:
    """How your own account at a company stands."""
    with reading() as session:
        row = queries.payee_standing(session, viewer().person, provider)
    return show_standing(viewer().person, provider, row)


@payees.post("/me/<provider>/pages")
@policy("expert")
@payees.arguments(AccountPageArgs)
@payees.response(201, AccountPageSchema)
@payees.problems(payment_method_not_offered=422, gateway_unavailable=502, invalid_input=422)
def open_own_account(wish: dict[str, Any], provider: str) -> dict[str, Any]:
    """The company's page on which you open an account, or fill it in further."""
    password = wish["current_password"]
    return {"url": service.open_payee_account(provider, viewer(), password, api_caller())}


@payees.get("/<uuid:person_id>/<provider>")
@policy("admin")
@payees.response(200, PayeeAccountSchema)
def show_payee_account(person_id: UUID, provider: str) -> dict[str, Any]:
    """An expert's account at a company; empty where none is known."""
    with reading() as session:
        row = queries.payee_standing(session, person_id, provider)
    account = row.account if row is not None else ""
    return {"person_id": person_id, "provider": provider, "account": account}


@payees.put("/<uuid:person_id>/<provider>")
@policy("admin")
@payees.arguments(PayeeAccountValueSchema)
@payees.response(200, PayeeAccountSchema)
@payees.problems(person_not_found=404, payment_method_not_offered=422, invalid_input=422)
def set_payee_account(loaded: dict[str, Any], person_id: UUID, provider: str) -> dict[str, Any]:
    """Keep an expert's account at a company, for later payments; empty: none."""
    account = service.set_payee_account(person_id, provider, loaded["account"], viewer())
    return {"person_id": person_id, "provider": provider, "account": account}


def _shown(one: queries.ExpertAccount, provider: str) -> dict[str, Any]:
    whose = {"expert_id": one.expert.id, "name": one.expert.title}
    return {**show_standing(one.expert.person_id, provider, one.row), **whose}
