"""The team's side: support sees, admins decide."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from cilis.domains.credits import queries, service
from cilis.domains.credits.api.blueprint import client_credits, coupons, gift_rules, offers
from cilis.domains.credits.schemas.admin import (
    ClientCreditDetailSchema,
    ClientCreditPageSchema,
    CouponDetailSchema,
    CouponPageSchema,
    CouponWishSchema,
    CreditListArgs,
    CreditWishSchema,
    GiftRulesSchema,
    PackageListSchema,
    PackageSchema,
    PackageWishSchema,
    show_coupon,
    show_coupon_whole,
    show_credit,
    show_movement,
    show_package,
)
from cilis.domains.credits.types import CouponWish, GiftRules, PackageWish
from cilis.infra.db import reading
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.paging import page_args, page_response
from cilis.infra.http.policies import policy
from cilis.infra.http.viewer import viewer

STAFF = ("admin", "support")


def _coupon(coupon_id: UUID) -> dict[str, Any]:
    with reading() as session:
        found = queries.coupon(session, coupon_id)
        uses = queries.coupon_uses(session, coupon_id)
        return show_coupon_whole(found, uses, queries.coupon_granted(session, found))


def _package(package_id: UUID) -> dict[str, Any]:
    with reading() as session:
        return show_package(queries.package(session, package_id))


def _credit(credit_id: UUID) -> dict[str, Any]:
    with reading() as session:
        found = queries.credit(session, credit_id)
        moved = queries.movements(session, found)
        shown = show_credit(found, queries.left(session, found))
    return {**shown, "movements": [show_movement(line) for line in moved]}


@coupons.get("")
@policy(*STAFF)
@coupons.arguments(page_args, location="query")
@coupons.response(200, CouponPageSchema)
def list_coupons(args: dict[str, Any]) -> dict[str, Any]:
    """Coupons, newest first."""
    with reading() as session:
        page = queries.coupons_page(session, cursor=args["cursor"], limit=args["limit"])
    return page_response(page, show_coupon)


@coupons.post("")
@policy("admin")
@coupons.arguments(CouponWishSchema)
@coupons.response(201, CouponDetailSchema)
@coupons.problems(
    coupon_code_taken=409,
    topic_not_found=404,
    service_not_found=404,
    expert_not_found=404,
    person_not_found=404,
)
@idempotent("credits.make_coupon", again=_coupon)
def make_coupon(wish: CouponWish) -> dict[str, Any]:
    """Make a coupon. It cannot be changed afterwards, only ended."""
    return _coupon(service.make_coupon(wish, viewer()).id)


@coupons.get("/<uuid:coupon_id>")
@policy(*STAFF)
@coupons.response(200, CouponDetailSchema)
@coupons.problems(coupon_not_found=404)
def show_one_coupon(coupon_id: UUID) -> dict[str, Any]:
    """One coupon, what it has granted, and its latest uses."""
    return _coupon(coupon_id)


@coupons.post("/<uuid:coupon_id>/ends")
@policy("admin")
@coupons.response(201, CouponDetailSchema)
@coupons.problems(coupon_not_found=404)
@idempotent("credits.end_coupon", again=_coupon)
def end_coupon(coupon_id: UUID) -> dict[str, Any]:
    """Let a coupon hold no longer; who has used it keeps what it gave."""
    service.end_coupon(coupon_id, viewer())
    return _coupon(coupon_id)


@offers.get("")
@policy(*STAFF)
@offers.response(200, PackageListSchema)
def list_packages() -> dict[str, Any]:
    """All packages, also those that are not on sale."""
    with reading() as session:
        return {"items": [show_package(one) for one in queries.packages(session)]}


@offers.post("")
@policy("admin")
@offers.arguments(PackageWishSchema)
@offers.response(201, PackageSchema)
@offers.problems(topic_not_found=404, service_not_found=404, expert_not_found=404)
@idempotent("credits.save_package", again=_package)
def add_package(wish: PackageWish) -> dict[str, Any]:
    """Add a package of sessions."""
    return show_package(service.save_package(wish, viewer()))


@offers.get("/<uuid:package_id>")
@policy(*STAFF)
@offers.response(200, PackageSchema)
@offers.problems(package_not_found=404)
def show_one_package(package_id: UUID) -> dict[str, Any]:
    """One package."""
    return _package(package_id)


@offers.put("/<uuid:package_id>")
@policy("admin")
@offers.arguments(PackageWishSchema)
@offers.response(200, PackageSchema)
@offers.problems(
    package_not_found=404, topic_not_found=404, service_not_found=404, expert_not_found=404
)
@idempotent("credits.save_package", again=_package)
def change_package(wish: PackageWish, package_id: UUID) -> dict[str, Any]:
    """Change a package for those who buy it from now on."""
    return show_package(service.save_package(wish, viewer(), package_id))


@gift_rules.get("")
@policy(*STAFF)
@gift_rules.response(200, GiftRulesSchema)
def show_gift_rules() -> GiftRules:
    """What gift credit is sold for."""
    with reading() as session:
        return queries.gift_rules(session)


@gift_rules.put("")
@policy("admin")
@gift_rules.arguments(GiftRulesSchema)
@gift_rules.response(200, GiftRulesSchema)
@idempotent("credits.change_gift_rules")
def change_gift_rules(wish: GiftRules) -> GiftRules:
    """Change what gift credit is sold for; what was bought stays as it is."""
    return service.change_gift_rules(wish, viewer())


@client_credits.get("")
@policy(*STAFF)
@client_credits.arguments(CreditListArgs, location="query")
@client_credits.response(200, ClientCreditPageSchema)
def list_client_credits(args: dict[str, Any]) -> dict[str, Any]:
    """Everybody's credit, newest first; or what one person owns or bought."""
    with reading() as session:
        page = queries.credits_page(
            session, person_id=args["person_id"], cursor=args["cursor"], limit=args["limit"]
        )
        left = queries.left_of(session, page.items)
    return page_response(page, lambda one: show_credit(one, left[one.id]))


@client_credits.post("")
@policy("admin")
@client_credits.arguments(CreditWishSchema)
@client_credits.response(201, ClientCreditDetailSchema)
@client_credits.problems(person_not_found=404, own_credit=403)
@idempotent("credits.give", again=_credit)
def give_credit(wish: dict[str, Any]) -> dict[str, Any]:
    """Give somebody credit at the organization's cost."""
    made = service.give_credit(
        wish["person_id"], wish["amount_minor"], wish["reason"], viewer(), days=wish["days"]
    )
    return _credit(made.id)


@client_credits.get("/<uuid:credit_id>")
@policy(*STAFF)
@client_credits.response(200, ClientCreditDetailSchema)
@client_credits.problems(credit_not_found=404)
def show_client_credit(credit_id: UUID) -> dict[str, Any]:
    """One credit, what is left of it, and what came and went."""
    return _credit(credit_id)


@client_credits.post("/<uuid:credit_id>/returns")
@policy("admin")
@client_credits.response(201, ClientCreditDetailSchema)
@client_credits.problems(credit_not_found=404, credit_not_returnable=409, credit_contested=409)
@idempotent("credits.return_rest", again=_credit)
def return_client_credit(credit_id: UUID) -> dict[str, Any]:
    """Give what is left of a bought credit back to who paid for it, and close it."""
    service.return_rest(credit_id, viewer())
    return _credit(credit_id)
