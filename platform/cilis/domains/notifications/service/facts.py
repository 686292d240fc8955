"""What letters are made of, gathered through the other rooms' doors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import bookings, experts, identity, payments, pricing, tenants
from cilis.domains.notifications.types import Kind, Line, Side, Who
from cilis.infra import i18n
from cilis.infra.files import public_url
from cilis.infra.http.addresses import absolute
from cilis.infra.i18n import gettext as _
from cilis.infra.tenancy import current_tenant
from cilis.kit.money import Money


@dataclass(frozen=True)
class Case:
    """One notice: what kind, about which thing, for whom, from whom."""

    kind: Kind
    subject_id: UUID
    detail: Mapping[str, Any]
    reader: identity.Person
    organization: tenants.Organization


@dataclass(frozen=True)
class BookingFacts:
    """Everything a letter about a booking may say."""

    case: Case
    booking: bookings.Booking
    card: experts.ExpertCard
    client: identity.Person | None
    attempt: payments.Attempt | None
    side: Side
    rules: bookings.Preview | None
    by_credit: Money
    credit_again: Money  # what of that came back
    reason: str = ""  # what the side that gave it up wrote

    @property
    def kind(self) -> Kind:
        """What the letter tells."""
        return self.case.kind

    @property
    def other_name(self) -> str:
        """The name of the person on the other side."""
        if self.side == Side.CLIENT:
            return self.card.title
        return self.client.name if self.client else _("A client")

    @property
    def service(self) -> str:
        """The name of the service, in the reader's language."""
        return i18n.translated(self.booking.service_name)

    @property
    def paid(self) -> Money | None:
        """What was paid, if anything was."""
        captured = payments.AttemptState.CAPTURED
        if self.attempt is None or self.attempt.state != captured:
            return None
        if self.attempt.is_by_credit:
            return self.by_credit
        return self.attempt.amount + self.by_credit


def of_booking(session: Session, case: Case) -> BookingFacts | None:
    """The facts of a booking for one side."""
    try:
        booking = bookings.get(session, case.subject_id)
    except bookings.BookingNotFound:
        return None
    side = Side(case.detail.get("side", Side.CLIENT))
    people = identity.people(session, [booking.client_id] if booking.client_id else [])
    live = booking.state in {bookings.BookingState.PENDING, bookings.BookingState.CONFIRMED}
    return BookingFacts(
        case=case,
        booking=booking,
        card=experts.card(session, booking.expert_id),
        client=next(iter(people.values()), None),
        attempt=_attempt(session, booking),
        side=side,
        rules=bookings.cancellation(session, booking) if live and side == Side.CLIENT else None,
        by_credit=bookings.by_credit(session, booking),
        credit_again=_credit_again(session, booking),
        reason=_reason(session, booking),
    )


def _reason(session: Session, booking: bookings.Booking) -> str:
    if booking.state != bookings.BookingState.CANCELLED:
        return ""
    changes = bookings.history(session, booking.id)
    return str(changes[-1].detail.get("reason") or "").strip() if changes else ""


def _attempt(session: Session, booking: bookings.Booking) -> payments.Attempt | None:
    """The attempt whose money bought the hour; a second one would only have been paid back."""
    if booking.paid_attempt_id is None:
        return None
    return payments.attempt(session, booking.paid_attempt_id)


def _credit_again(session: Session, booking: bookings.Booking) -> Money:
    back = (payments.refunded_minor(session, one) for one in booking.credit_attempt_ids)
    return Money(sum(back), booking.currency)


def fact_of(starts_at: datetime, ends_at: datetime) -> list[str]:
    """Day and hours in large type."""
    return [i18n.format_date(starts_at, "weekday"), hours(starts_at, ends_at)]


def hours(starts_at: datetime, ends_at: datetime) -> str:
    """From when until when, with the dash of spans."""
    return f"{i18n.format_time(starts_at)}\u2013{i18n.format_time(ends_at)}"


def moment(at: datetime) -> str:
    """A deadline as day and time, never as a distance."""
    return f"{i18n.format_time(at)}, {i18n.format_date(at, 'weekday')}"


def under(known: BookingFacts) -> str:
    """The small line below the hours: zone, length and place."""
    booking = known.booking
    minutes = int(booking.length.total_seconds() // 60)
    zone = i18n.zone_label(booking.starts_at)
    elsewhere = where(known)
    if elsewhere:
        words = _("%(zone)s, %(minutes)s minutes", zone=zone, minutes=minutes)
        return f"{words} · {elsewhere}"
    return _("%(zone)s, %(minutes)s minutes by video", zone=zone, minutes=minutes)


def where(known: BookingFacts) -> str:
    """How the two meet where that is not in a room of ours; "" for a room."""
    mode, place = known.booking.mode, known.booking.place
    if mode == experts.ServiceMode.PHONE:
        return _("By phone: %(place)s", place=place) if place else _("By phone")
    if mode == experts.ServiceMode.IN_PERSON:
        return _("In person: %(place)s", place=place) if place else _("In person")
    return ""


def who(known: BookingFacts) -> Who:
    """The other side, with a picture where there is one."""
    picture = known.card.picture_key if known.side == Side.CLIENT else None
    address = absolute(public_url(picture)) if picture else ""
    return Who(known.other_name, known.service, address)


def money_lines(known: BookingFacts) -> list[Line]:
    """What was paid, how, and its tax: in it or, where prices are shown so, beside it."""
    paid = known.paid
    if paid is None:
        return []
    lines = list(_prices(known, paid))
    how = payments.title(known.attempt.provider, known.attempt.way) if known.attempt else ""
    if known.by_credit.is_zero or known.by_credit == paid:
        total = _("Total, by %(method)s", method=how)
        return [*lines, Line(total, i18n.format_money(paid), is_total=True)]
    return [
        *lines,
        Line(_("By credit"), i18n.format_money(known.by_credit)),
        Line(_("By %(method)s", method=how), i18n.format_money(paid - known.by_credit)),
        Line(_("Total"), i18n.format_money(paid), is_total=True),
    ]


def _prices(known: BookingFacts, paid: Money) -> Iterator[Line]:
    """The service's price, what makes it cheaper, and the tax in what was paid or beside it."""
    terms, off = pricing.Terms.from_json(known.booking.terms), _discount(known)
    parts, is_net = terms.tax.parts(paid), terms.display == tenants.PriceDisplay.NET
    if off:
        full = paid + Money(int(known.booking.discount["minor"]), paid.currency)
        yield Line(known.service, i18n.format_money(full))
        yield from off
    if is_net or not off:
        yield Line(known.service, i18n.format_money(parts.net if is_net else paid))
    if terms.tax.rate_bp:
        name = i18n.translated(terms.tax.name) or _("Tax")
        percent = i18n.format_percent(terms.tax.rate_bp)
        label = (
            _("plus %(tax)s %(percent)s", tax=name, percent=percent)
            if is_net
            else _("of which %(tax)s %(percent)s", tax=name, percent=percent)
        )
        yield Line(label, i18n.format_money(parts.tax))


def _discount(known: BookingFacts) -> list[Line]:
    found = known.booking.discount
    if not found.get("minor"):
        return []
    off = i18n.format_money(Money(int(found["minor"]), known.booking.currency))
    name = (
        _("Package “%(name)s”", name=found["label"])
        if found["kind"] == "package"
        else _("Code %(code)s", code=found["label"])
    )
    return [Line(name, f"\u2212{off}")]


def footnote(known: BookingFacts) -> str:
    """How support finds the booking."""
    return _("Booking %(reference)s", reference=known.booking.reference)


def page(known: BookingFacts, more: str = "") -> str:
    """The address of the booking's page."""
    return absolute(f"/bookings/{known.booking.id}{more}")


def sender(organization: tenants.Organization) -> str:
    """The address that mails come from; it is also the organizer of calendar entries."""
    return organization.mail_from or f"no-reply@{current_tenant().host}"
