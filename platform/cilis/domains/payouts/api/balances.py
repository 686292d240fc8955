"""Balances, accounts, statements, corrections and rules."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from cilis.domains import experts
from cilis.domains.payouts import queries, service
from cilis.domains.payouts.errors import PayoutNotFound
from cilis.domains.payouts.schemas import (
    AdjustmentDecisionSchema,
    AdjustmentSchema,
    AdjustmentWishSchema,
    CandidatesSchema,
    PayeeSchema,
    PayeeWishSchema,
    RulesSchema,
    RulesWishSchema,
    StandingPageSchema,
    StandingSchema,
    StatementArgs,
    StatementSchema,
    WaitingAdjustmentsSchema,
    destination,
    show_adjustment,
    show_candidate,
    show_payee,
    show_rules,
    show_standing,
    show_statement,
)
from cilis.domains.payouts.types import RulesWish
from cilis.infra.db import reading
from cilis.infra.http.api import ApiBlueprint
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.paging import page_args, page_response
from cilis.infra.http.policies import policy
from cilis.infra.http.viewer import api_caller, viewer

STAFF = ("admin", "support")
balances = ApiBlueprint(
    "payout_balances",
    __name__,
    url_prefix="/api/v1/payout-balances",
    description="What experts are owed.",
)
accounts = ApiBlueprint(
    "payees", __name__, url_prefix="/api/v1/payees", description="Where experts' money goes."
)
own = ApiBlueprint(
    "payout_statements",
    __name__,
    url_prefix="/api/v1/payout-statements",
    description="An expert's month: everything that changed the balance.",
)
corrections = ApiBlueprint(
    "payout_adjustments",
    __name__,
    url_prefix="/api/v1/payout-adjustments",
    description="Corrections of balances by hand.",
)
rules = ApiBlueprint(
    "payout_rules",
    __name__,
    url_prefix="/api/v1/payout-rules",
    description="What the organization decides about payouts.",
)


@balances.get("")
@policy(*STAFF)
@balances.arguments(page_args, location="query")
@balances.response(200, StandingPageSchema)
def list_balances(args: dict[str, Any]) -> dict[str, Any]:
    """Experts with whom something is open."""
    with reading() as session:
        page = queries.standings_page(session, cursor=args["cursor"], limit=args["limit"])
    return page_response(page, show_standing)


@balances.get("/payable")
@policy(*STAFF)
@balances.response(200, CandidatesSchema)
def list_candidates() -> dict[str, Any]:
    """Who can be paid now, and who not and why."""
    with reading() as session:
        return {"items": [show_candidate(one) for one in queries.candidates(session)]}


@balances.get("/me")
@policy("expert")
@balances.response(200, StandingSchema)
@balances.problems(payout_not_found=404)
def show_own_balance() -> dict[str, Any]:
    """Your own balance."""
    with reading() as session:
        expert_id = service.own_expert(session, viewer())
        return show_standing(queries.standings(session, [expert_id])[expert_id])


@balances.get("/<uuid:expert_id>")
@policy(*STAFF)
@balances.response(200, StandingSchema)
@balances.problems(expert_not_found=404)
def show_balance(expert_id: UUID) -> dict[str, Any]:
    """One expert's balance."""
    with reading() as session:
        experts.card(session, expert_id)
        return show_standing(queries.standings(session, [expert_id])[expert_id])


@accounts.get("/me")
@policy("expert")
@accounts.response(200, PayeeSchema)
@accounts.problems(payout_not_found=404)
def show_own_payee() -> dict[str, Any]:
    """Your own account, as far as it is shown."""
    with reading() as session:
        found = queries.payee(session, service.own_expert(session, viewer()))
    if found is None:
        raise PayoutNotFound("no account yet")
    return show_payee(found)


@accounts.put("/me")
@policy("expert")
@accounts.arguments(PayeeWishSchema)
@accounts.response(200, PayeeSchema)
@accounts.problems(payout_not_found=404)
@idempotent("payouts.choose_payee", again=lambda _id: show_own_payee())
def choose_payee(wish: dict[str, Any]) -> dict[str, Any]:
    """Say where your money is to go. After a change nothing is paid out for some days."""
    made = service.choose_payee(destination(wish), wish["current_password"], viewer(), api_caller())
    return show_payee(made)


@own.get("/<string:month>")
@policy("expert", *STAFF)
@own.arguments(StatementArgs, location="query")
@own.response(200, StatementSchema)
@own.problems(statement_not_found=404, payout_not_found=404, expert_not_found=404)
def show_month(args: dict[str, Any], month: str) -> dict[str, Any]:
    """One month ("2026-11"): your own, or for staff that of an expert."""
    with reading() as session:
        if args["expert_id"] is not None and viewer().has(*STAFF):
            expert_id = experts.card(session, args["expert_id"]).id
        else:
            expert_id = service.own_expert(session, viewer())
        wanted = queries.month(session, month)
        return show_statement(queries.statement(session, expert_id, wanted))


@corrections.get("")
@policy(*STAFF)
@corrections.response(200, WaitingAdjustmentsSchema)
def list_waiting() -> dict[str, Any]:
    """Corrections that wait for a second person, oldest first."""
    with reading() as session:
        return {"items": [show_adjustment(one) for one in queries.waiting_adjustments(session)]}


@corrections.post("")
@policy(*STAFF)
@corrections.arguments(AdjustmentWishSchema)
@corrections.response(201, AdjustmentSchema)
@corrections.problems(expert_not_found=404, own_balance=403)
@idempotent("payouts.adjust", again=lambda made: _correction(made))  # noqa: PLW0108 - below
def adjust(wish: dict[str, Any]) -> dict[str, Any]:
    """Add to a balance, or take away (negative); above the limit a second person decides."""
    made = service.adjust(wish["expert_id"], wish["amount_minor"], wish["reason"], viewer())
    return show_adjustment(made)


@corrections.post("/<uuid:adjustment_id>/decisions")
@policy("admin")
@corrections.arguments(AdjustmentDecisionSchema)
@corrections.response(201, AdjustmentSchema)
@corrections.problems(
    adjustment_not_found=404, adjustment_decided=409, second_person_needed=403, own_balance=403
)
@idempotent("payouts.decide_adjustment", again=lambda made: _correction(made))  # noqa: PLW0108
def decide(decision: dict[str, Any], adjustment_id: UUID) -> dict[str, Any]:
    """The second person's word about a correction."""
    made = service.decide_adjustment(adjustment_id, viewer(), accept=decision["accept"])
    return show_adjustment(made)


@rules.get("")
@policy(*STAFF)
@rules.response(200, RulesSchema)
def show_the_rules() -> dict[str, Any]:
    """The rules of payouts."""
    with reading() as session:
        return show_rules(queries.rules(session))


@rules.put("")
@policy("admin")
@rules.arguments(RulesWishSchema)
@rules.response(200, RulesSchema)
@idempotent("payouts.change_rules")
def change_rules(wish: dict[str, Any]) -> dict[str, Any]:
    """Change the rules of payouts; what is made already stays as it is."""
    return show_rules(service.change_rules(RulesWish(**wish), viewer()))


def _correction(adjustment_id: UUID) -> dict[str, Any]:
    with reading() as session:
        return show_adjustment(queries.adjustment(session, adjustment_id))
