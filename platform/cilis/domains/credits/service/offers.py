"""What the organization sells: packages of sessions, and gift credit."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import experts, tenants
from cilis.domains.credits import queries
from cilis.domains.credits.models import GiftRulesRow, Package
from cilis.domains.credits.types import GiftRules, PackageWish
from cilis.infra import audit, idempotency
from cilis.infra.db import transaction
from cilis.kit import ids
from cilis.kit.errors import InvalidInput
from cilis.kit.text import is_clean, one_line
from cilis.kit.viewer import Viewer

_MOST_MINOR = 10**12
_MOST_SESSIONS = 1000
_LONGEST_DAYS = 3650
_LONGEST_NAME = 80
_LONGEST_MINUTES = 24 * 60


def save_package(wish: PackageWish, viewer: Viewer, package_id: UUID | None = None) -> Package:
    """Add a package, or change one for those who buy it from now on.

    Raises:
        PackageNotFound: no such package.
        InvalidInput: on the field that cannot be so.
        TopicNotFound, ServiceNotFound, ExpertNotFound: nothing of this id.
    """
    name = {language: one_line(text) for language, text in wish.name.items() if text.strip()}
    _check(wish, name)
    with transaction() as session:
        _must_exist(session, wish)
        if package_id is None:
            row = Package(id=ids.new(), currency=tenants.organization(session).currency)
            session.add(row)
        else:
            row = queries.package(session, package_id, lock=True)
        row.name, row.sessions, row.price_minor = name, wish.sessions, wish.price_minor
        row.days, row.most_minor, row.scope = wish.days, wish.most_minor, wish.scope.as_json()
        row.borne_by, row.refundable, row.is_on = wish.borne_by, wish.refundable, wish.is_on
        session.flush()
        idempotency.made(session, row.id)
        detail = {
            "sessions": wish.sessions,
            "price_minor": wish.price_minor,
            "days": wish.days,
            "is_on": wish.is_on,
        }
        audit.record(session, "credits.package_saved", row.id, actor=viewer.person, detail=detail)
    return row


def change_gift_rules(wish: GiftRules, viewer: Viewer) -> GiftRules:
    """Keep what gift credit is sold for; raises InvalidInput on the field that cannot be so."""
    wrong: dict[str, list[str]] = {}
    if wish.is_on and not 1 <= wish.least_minor <= _MOST_MINOR:
        wrong["least_minor"] = ["out_of_range"]
    if wish.is_on and not wish.least_minor <= wish.most_minor <= _MOST_MINOR:
        wrong["most_minor"] = ["out_of_range"]
    if not 1 <= wish.days <= _LONGEST_DAYS:
        wrong["days"] = ["out_of_range"]
    if wrong:
        raise InvalidInput(wrong)
    with transaction() as session:
        currency = tenants.organization(session).currency
        row = session.get(GiftRulesRow, queries.ROW, with_for_update=True)
        if row is None:
            row = GiftRulesRow(id=queries.ROW)
            session.add(row)
        row.is_on, row.least_minor, row.most_minor = wish.is_on, wish.least_minor, wish.most_minor
        row.days, row.currency = wish.days, currency
        detail = {"is_on": wish.is_on, "least_minor": wish.least_minor, "days": wish.days}
        audit.record(
            session, "credits.gift_rules_changed", None, actor=viewer.person, detail=detail
        )
        session.flush()
        return queries.gift_rules(session)


def _check(wish: PackageWish, name: Mapping[str, str]) -> None:
    ranges = {
        "sessions": (wish.sessions, 1, _MOST_SESSIONS),
        "price_minor": (wish.price_minor, max(1, wish.sessions), _MOST_MINOR),
        "days": (wish.days, 1, _LONGEST_DAYS),
        "most_minor": (wish.most_minor, 1, _MOST_MINOR),
        "minutes": (wish.scope.minutes, 1, _LONGEST_MINUTES),
    }
    wrong = {
        field: ["out_of_range"]
        for field, (given, least, most) in ranges.items()
        if given is not None and not least <= given <= most
    }
    if not name:
        wrong["name"] = ["required"]
    elif max(map(len, name.values())) > _LONGEST_NAME:
        wrong["name"] = ["too_long"]
    elif not all(map(is_clean, name.values())):
        wrong["name"] = ["unclean_text"]
    if wrong:
        raise InvalidInput(wrong)


def _must_exist(session: Session, wish: PackageWish) -> None:
    scope = wish.scope
    if scope.topic_id is not None:
        experts.topic(session, scope.topic_id)
    if scope.service_id is not None:
        experts.service_terms(session, scope.service_id, offered=False)
    if scope.expert_id is not None:
        experts.card(session, scope.expert_id)
