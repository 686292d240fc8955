"""The organization of the year: experts with hours and accounts, clients, codes, a package."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from cilis.domains import (
    credits,
    experts,
    identity,
    payments,
    payouts,
    pricing,
    scheduling,
    tenants,
)
from cilis.domains.pricing import Commission, RuleWish
from cilis.infra.db import reading, transaction
from cilis.kit import clock, ids
from cilis.kit.viewer import Viewer

PRICE = 500_000
NOBODY = "!"  # no password fits it
IBAN = "DE89370400440532013000"
SHARED, ALONE = "SHARED", "ALONE"
"""A code whose discount all share in, and one that the organization grants alone."""


@dataclass(frozen=True)
class Expert:
    """Somebody who is booked."""

    id: UUID
    person: UUID
    service: UUID


@dataclass(frozen=True)
class Town:
    """Who there is."""

    admin: Viewer
    second: Viewer
    experts: list[Expert]
    clients: list[UUID]
    package: UUID

    @staticmethod
    def client(person: UUID) -> Viewer:
        """A client in a browser of their own."""
        return Viewer(person, ids.new(), frozenset({"client"}), "Client", "en", via="page")


def settle_down(experts_count: int, clients_count: int) -> Town:
    """Fill the served organization."""
    admin, second = (_staff(_person(name, "admin")) for name in ("first", "second"))
    with transaction() as session:
        tenants.save_organization(
            session,
            tenants.Organization(
                name="A Year", languages=("vi", "en"), default_language="vi", currency="VND",
                time_zone="UTC", country="VN", tax_percent=10, tax_name={"vi": "VAT", "en": "VAT"},
                cancellation=(tenants.CancellationTier(24, 100), tenants.CancellationTier(6, 50)),
            ),
        )  # fmt: skip
    tenants.forget_organizations()
    share = Commission(percent_bp=1_750, fixed_minor=1_001, minimum_minor=20_000)
    pricing.set_commission(RuleWish(commission=share), admin)
    for code, borne_by in (
        (SHARED, payments.BorneBy.SHARED),
        (ALONE, payments.BorneBy.ORGANIZATION),
    ):
        wish = credits.CouponWish(code=code, percent=13, most_each=None, borne_by=borne_by)
        credits.make_coupon(wish, admin)
    gifts = credits.GiftRules(is_on=True, least_minor=10_000, most_minor=10**9, days=120)
    credits.change_gift_rules(gifts, admin)
    offer = credits.PackageWish(
        name={"vi": "Gói", "en": "Package"}, sessions=3, price_minor=1_400_000, days=90,
        borne_by=payments.BorneBy.ORGANIZATION,
    )  # fmt: skip
    rules = payouts.RulesWish(
        holding_days=7, minimum_minor=100_000, approval_above_minor=20_000_000, lock_days=0
    )
    payouts.change_rules(rules, admin)
    return Town(
        admin,
        second,
        [_expert(number) for number in range(experts_count)],
        [_person(f"client{number}", "client") for number in range(clients_count)],
        credits.save_package(offer, admin).id,
    )


def _staff(person: UUID) -> Viewer:
    return Viewer(person, ids.new(), frozenset({"admin"}), "Staff", "en", via="page")


def _person(name: str, role: str) -> UUID:
    with transaction() as session:
        return identity.import_person(
            session, name=name.title(), email=f"{name}@year.example", password_hash=NOBODY,
            roles=[role], language="en", time_zone="UTC",
        )  # fmt: skip


def _expert(number: int) -> Expert:
    person = _person(f"expert{number}", "expert")
    names = {"vi": "Tư vấn", "en": "Advice"}
    # uneven prices, so that every rounding comes
    price = PRICE + number * 7_331
    wish = experts.ServiceWish(
        names=names, minutes=60, price_minor=price, notice_minutes=0, window_days=90
    )
    with transaction() as session:
        found = experts.import_expert(
            session,
            experts.ExpertImport(
                person_id=person, name=f"Expert {number}", languages=("vi",), country="VN",
                time_zone="UTC", topics=(), services=(wish,), headline={"vi": "Chuyên gia"},
            ),
        )  # fmt: skip
        week = [scheduling.WeeklyRule(day, 0, 24 * 60) for day in range(7)]
        scheduling.import_hours(session, found, week)
        to = payouts.Destination(kind=payouts.PayeeKind.IBAN, holder="Expert", number=IBAN)
        payouts.import_payees(session, {found: to}, clock.now())
    with reading() as session:
        service = experts.services_of(session, [found])[found][0].id
    return Expert(found, person, service)
