"""The client's side: what is on sale, buying, paying, taking a gift, giving back what is left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import request
from sqlalchemy.orm import Session

from cilis.domains import experts, payments, tenants
from cilis.domains.credits import queries, service
from cilis.domains.credits.api.blueprint import credits, packages
from cilis.domains.credits.models import Credit
from cilis.domains.credits.schemas.client import (
    CodeSchema,
    CreditListSchema,
    CreditPayAddressSchema,
    CreditPaymentSchema,
    CreditSchema,
    GiftOfferSchema,
    GiftWishSchema,
    OnSaleArgs,
    OnSaleListSchema,
    show_gift_offer,
    show_on_sale,
    show_own,
)
from cilis.domains.credits.types import GiftWish
from cilis.infra.db import reading
from cilis.infra.http.addresses import absolute
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.policies import PUBLIC, SIGNED_IN, policy
from cilis.infra.http.viewer import viewer


def _shown(session: Session, found: Sequence[Credit]) -> list[dict[str, Any]]:
    who = viewer()
    left = queries.left_of(session, found)
    shown = []
    for one in found:
        sees_rest = queries.sees_rest(one, who)
        code = service.gift_code(one, who)
        shown.append(
            show_own(
                one,
                left[one.id] if sees_rest else None,
                code=code,
                may_return=service.may_return(one, who),
                is_yours=one.owner_id == who.person_id,
                is_bought=one.buyer_id == who.person_id,
            )
        )
    return shown


def _again(credit_id: UUID) -> dict[str, Any]:
    with reading() as session:
        return _shown(session, [queries.visible(session, viewer(), credit_id)])[0]


def _pay_address(attempt_id: UUID) -> dict[str, Any]:
    """The same pay page again."""
    url = payments.send_to_provider(
        attempt_id, client_ip=request.remote_addr or "", language=viewer().language
    )
    return _address(url)


def _address(url: str) -> dict[str, Any]:
    return {"url": absolute(url) if url.startswith("/") else url}


@packages.get("")
@policy(PUBLIC)
@packages.arguments(OnSaleArgs, location="query")
@packages.response(200, OnSaleListSchema)
def list_packages(args: dict[str, Any]) -> dict[str, Any]:
    """Packages on sale; those that pay for an expert's sessions if one is named."""
    expert_id = args["expert_id"]
    with reading() as session:
        if expert_id is None:
            found = queries.on_sale(session)
        else:
            offered = experts.services_of(session, [expert_id])[expert_id]
            found = queries.on_sale_with(session, expert_id, [one.id for one in offered])
    return {"items": [show_on_sale(one) for one in found]}


@packages.post("/<uuid:package_id>/purchases")
@policy(SIGNED_IN)
@packages.response(201, CreditSchema)
@packages.problems(package_not_found=404)
@idempotent("credits.buy_package", again=_again)
def buy_package(package_id: UUID) -> dict[str, Any]:
    """Choose a package at today's terms; it waits to be paid."""
    return _again(service.buy_package(package_id, viewer()).id)


@credits.get("")
@policy(SIGNED_IN)
@credits.response(200, CreditListSchema)
def list_credits() -> dict[str, Any]:
    """Your latest hundred credits, and the gifts you bought."""
    with reading() as session:
        return {"items": _shown(session, queries.credits_of(session, viewer().person))}


@credits.get("/gift-offer")
@policy(PUBLIC)
@credits.response(200, GiftOfferSchema)
def show_gifts() -> dict[str, Any]:
    """Whether gift credit is sold, and of which amounts."""
    with reading() as session:
        currency = tenants.organization(session).currency
        return show_gift_offer(queries.gift_rules(session), currency)


@credits.post("/gifts")
@policy(SIGNED_IN)
@credits.arguments(GiftWishSchema)
@credits.response(201, CreditSchema)
@credits.problems(gifts_off=409, invalid_input=422)
@idempotent("credits.buy_gift", again=_again)
def buy_gift(wish: GiftWish) -> dict[str, Any]:
    """Choose gift credit for yourself or somebody else; it waits to be paid."""
    return _again(service.buy_gift(wish, viewer()).id)


@credits.post("/redemptions")
@policy(SIGNED_IN)
@credits.arguments(CodeSchema)
@credits.response(201, CreditSchema)
@credits.problems(
    gift_code_unknown=404, credit_contested=409, too_many_requests=429, invalid_input=422
)
@idempotent("credits.redeem_gift", again=_again)
def redeem(loaded: dict[str, Any]) -> dict[str, Any]:
    """Take a gift by its code: it is yours from now on."""
    return _again(service.redeem(loaded["code"], viewer()).id)


@credits.get("/<uuid:credit_id>")
@policy(SIGNED_IN)
@credits.response(200, CreditSchema)
@credits.problems(credit_not_found=404)
def show_credit(credit_id: UUID) -> dict[str, Any]:
    """One credit, for who owns or bought it."""
    return _again(credit_id)


@credits.post("/<uuid:credit_id>/payments")
@policy(SIGNED_IN)
@credits.arguments(CreditPaymentSchema)
@credits.response(201, CreditPayAddressSchema)
@credits.problems(
    credit_not_found=404,
    credit_lapsed=410,
    already_paid=409,
    payment_over=410,
    payment_method_not_offered=422,
    gateway_unavailable=503,
    invalid_input=422,
)
@idempotent("credits.pay", again=_pay_address)
def pay(loaded: dict[str, Any], credit_id: UUID) -> dict[str, Any]:
    """Begin to pay for what was chosen."""
    address = request.remote_addr or ""
    return _address(service.pay_for_credit(credit_id, loaded["provider"], viewer(), address))


@credits.post("/<uuid:credit_id>/returns")
@policy(SIGNED_IN)
@credits.response(201, CreditSchema)
@credits.problems(credit_not_found=404, credit_not_returnable=409, credit_contested=409)
@idempotent("credits.return_rest", again=_again)
def give_back(credit_id: UUID) -> dict[str, Any]:
    """Have what is left given back the way it was paid; the credit is over then."""
    return _again(service.return_rest(credit_id, viewer()).id)
