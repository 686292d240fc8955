"""Coupons, packages and credit as the team reads them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import bookings, credits, experts, identity
from cilis.domains.credits import Coupon, CouponState, Credit, CreditKind, CreditState, Scope
from cilis.domains.ledger import PostingKind
from cilis.domains.payments import BorneBy
from cilis.infra.i18n import (
    N_,
    format_date,
    format_datetime,
    format_money,
    format_number,
    gettext,
    in_zone,
    local,
    ngettext,
    translated,
)
from cilis.kit import clock
from cilis.kit.money import Money
from cilis.web.visit import organization

_KINDS = {
    CreditKind.GIFT: N_("Gift credit"),
    CreditKind.PACKAGE: N_("Package of sessions"),
    CreditKind.GOODWILL: N_("Given by the organization"),
}
_BORNE_BY = {
    BorneBy.SHARED: N_("Expert and organization share in it"),
    BorneBy.ORGANIZATION: N_("The organization bears it alone"),
}
_CAUSES = {
    PostingKind.CREDIT_BOUGHT: ("plus", N_("Paid for")),
    PostingKind.CREDIT_GIVEN: ("gift", N_("Given by the organization")),
    PostingKind.CAPTURED: ("calendar-check", N_("Spent on a session")),
    PostingKind.REFUND_DONE: ("undo-2", N_("Came back from a session")),
    PostingKind.CREDIT_RETURNED: ("landmark", N_("Given back to who paid for it")),
    PostingKind.CREDIT_EXPIRED: ("clock-alert", N_("Its time was over")),
}
_OTHER = ("circle", N_("Other movement"))


@dataclass(frozen=True, slots=True)
class Known:
    """Names of what coupons and credits speak of."""

    topics: Mapping[UUID, experts.Topic]
    services: Mapping[UUID, experts.ServiceTerms]
    cards: Mapping[UUID, experts.ExpertCard]
    people: Mapping[UUID, identity.Person]

    def name(self, person_id: UUID | None) -> str:
        """Somebody's name; nothing where nobody is known."""
        person = self.people.get(person_id) if person_id else None
        return person.name if person else ""


@dataclass(frozen=True, slots=True)
class Movement:
    """One line of a credit's account; ``reference`` is the booking's, where there is one."""

    at: datetime
    icon: str
    words: str
    change: Money
    booking_id: UUID | None
    reference: str


def known(session: Session, scopes: Iterable[Scope], people: Collection[UUID | None]) -> Known:
    """The names behind ids, in four queries at most, however many there are."""
    wanted = list(scopes)
    services = experts.services(session, {one.service_id for one in wanted if one.service_id})
    named = {one.expert_id for one in wanted if one.expert_id}
    tree = experts.topics(session) if any(one.topic_id for one in wanted) else []
    return Known(
        topics={topic.id: topic for root in tree for topic in root.walk()},
        services=services,
        cards=experts.cards(session, named | {one.expert_id for one in services.values()}),
        people=identity.people(session, {one for one in people if one is not None}),
    )


def off(coupon: Coupon) -> str:
    """What a coupon takes off a price."""
    if coupon.amount is not None:
        return format_money(coupon.amount)
    hundredths = coupon.percent_bp or 0
    return f"{format_number(hundredths / 100, 0 if hundredths % 100 == 0 else 2)} %"


def where(scope: Scope, names: Known) -> str:
    """Which sessions something holds for."""
    parts = []
    if scope.topic_id is not None:
        topic = names.topics.get(scope.topic_id)
        parts.append(translated(topic.names) if topic else gettext("A field that is gone"))
    terms = names.services.get(scope.service_id) if scope.service_id else None
    if terms is not None:
        parts.append(f"{translated(terms.name)} · {_title(names, terms.expert_id)}")
    if scope.expert_id is not None:
        parts.append(_title(names, scope.expert_id))
    if scope.minutes is not None:
        words = ngettext("at most %(n)s minute", "at most %(n)s minutes", scope.minutes)
        parts.append(words)
    return ", ".join(parts) or gettext("All sessions")


def period(coupon: Coupon) -> str:
    """When a coupon holds, by the organization's clock; a whole last day is named as that day."""
    with in_zone(organization().time_zone):
        begin = _moment(coupon.starts_at) if coupon.starts_at else ""
        end = _moment(coupon.ends_at, last=True) if coupon.ends_at else ""
    if begin and end:
        return gettext("%(begin)s to %(end)s", begin=begin, end=end)
    if begin:
        return gettext("from %(day)s on", day=begin)
    return gettext("until %(day)s", day=end) if end else gettext("without end")


def state(coupon: Coupon) -> CouponState:
    """Whether a coupon holds now."""
    return coupon.state_at(clock.now())


def used(coupon: Coupon) -> str:
    """How often a coupon was used, and of how many times it may be."""
    if coupon.most is None:
        return ngettext("%(n)s time", "%(n)s times", coupon.used)
    number, most = format_number(coupon.used), format_number(coupon.most)
    return gettext("%(number)s of %(most)s times", number=number, most=most)


def credit_state(found: Credit, left: Money) -> str:
    """How far a credit is: its state, or "used" where nothing is left of an open one."""
    is_used = found.state is CreditState.OPEN and not left.minor
    return "used" if is_used else found.state.value


def kind(found: Credit) -> str:
    """Where a credit comes from; a package by its name."""
    return translated(found.name) or gettext(_KINDS[found.kind])


def borne_by(found: str) -> str:
    """At whose cost something is cheaper; a `BorneBy` or its word."""
    return gettext(_BORNE_BY[BorneBy(found)])


def amount(minor: int, currency: str) -> Money:
    """Money for a page that knows both parts of it."""
    return Money(minor, currency)


def movements(session: Session, found: Credit) -> list[Movement]:
    """What came to a credit and what went, the latest first."""
    lines = credits.movements(session, found)
    codes = bookings.references(session, {line.subject_id for line in lines} - {found.id})
    shown = []
    for line in reversed(lines):
        icon, words = _CAUSES.get(line.kind, _OTHER)
        if line.kind is PostingKind.CREDIT_BOUGHT and line is not lines[0]:
            icon, words = "undo-2", N_("The bank did not take it back")
        code = codes.get(line.subject_id, "")
        booking_id = line.subject_id if code else None
        shown.append(Movement(line.at, icon, gettext(words), line.change, booking_id, code))
    return shown


def typed_scope(scope: Scope, names: Known) -> dict[str, str]:
    """A scope as the fields of a form have it."""
    terms = names.services.get(scope.service_id) if scope.service_id else None
    card = names.cards.get(terms.expert_id if terms else scope.expert_id or UUID(int=0))
    return {
        "topic_id": str(scope.topic_id or ""),
        "service": translated(terms.name) if terms else "",
        "expert": card.name if card else "",
        "minutes": "" if scope.minutes is None else str(scope.minutes),
    }


def _title(names: Known, expert_id: UUID) -> str:
    card = names.cards.get(expert_id)
    return card.title if card else ""


def _moment(at: datetime, *, last: bool = False) -> str:
    if local(at).time() != time():
        return format_datetime(at)
    return format_date(local(at).date() - timedelta(days=1) if last else at, "short")
