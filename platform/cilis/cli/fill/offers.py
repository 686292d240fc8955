"""What the demo's organizations keep of a session, sell ahead and give away."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from cilis.domains import credits, experts, identity, pricing, tenants
from cilis.domains.credits import CouponWish, GiftRules, PackageWish
from cilis.domains.pricing import Commission, RuleWish, Tax
from cilis.infra.db import reading
from cilis.kit import clock
from cilis.kit.viewer import Viewer

_HUNDREDTHS = 100
_NOBODY = Viewer()


def put_commission(pack: Path, admin: Viewer) -> None:
    """Set what the organization keeps, before there are bookings to freeze it."""
    found = _read(pack).get("commission")
    if found:
        rule = RuleWish(commission=Commission(found["percent"] * _HUNDREDTHS))
        pricing.set_commission(rule, admin)


def put_offers(pack: Path, admin: Viewer) -> None:
    """Tax rates, coupons, packages, gift credit and goodwill; a second time nothing happens."""
    with reading() as session:
        if credits.coupons_page(session, limit=1).items:
            return
    known = _read(pack)
    _put_rates(known.get("rates", ()), admin)
    for one in known.get("coupons", ()):
        facts = {name: value for name, value in one.items() if name != "days"}
        ends_at = clock.now() + timedelta(days=one["days"])
        credits.make_coupon(CouponWish(**facts, ends_at=ends_at), admin)
    for one in known.get("packages", ()):
        credits.save_package(PackageWish(**one), admin)
    if known.get("gifts"):
        credits.change_gift_rules(GiftRules(is_on=True, **known["gifts"]), admin)
    for one in known.get("credits", ()):
        with reading() as session:
            person = identity.person_by_email(session, one["client"])
        if person is not None:
            amount, reason = one["amount_minor"], one["reason"]
            credits.give_credit(person.id, amount, reason, admin, days=one["days"])


def _put_rates(rates: Iterable[Mapping[str, Any]], admin: Viewer) -> None:
    for one in rates:
        with reading() as session:
            country = tenants.organization(session).country
            found = [experts.visible_id(session, slug, _NOBODY) for slug in one["experts"]]
            services = experts.services_of(session, found)
        rate = pricing.save_rate(Tax(one["percent"] * _HUNDREDTHS, one["name"], country), admin)
        for terms in (each for offered in services.values() for each in offered):
            pricing.tax_service(terms.id, rate.id, admin)


def _read(pack: Path) -> dict[str, Any]:
    """What ``seed/offers.toml`` says; nothing where there is none."""
    file = pack / "seed" / "offers.toml"
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
