"""What makes a hold cheaper, or pays for it: coupons, credit, and sessions of a package."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import credits, payments
from cilis.domains.bookings import queries
from cilis.domains.bookings.errors import HoldExpired, NotYours
from cilis.domains.bookings.models import Booking
from cilis.domains.bookings.service.changes import close_payment, note
from cilis.domains.bookings.service.funds import undo_credit
from cilis.domains.bookings.service.holds import attach
from cilis.domains.bookings.types import BALANCE, BookingState, CreditChoice, Step, What
from cilis.infra import idempotency, limits
from cilis.infra.db import transaction
from cilis.kit import clock
from cilis.kit.errors import InvalidInput
from cilis.kit.money import Money
from cilis.kit.viewer import Viewer

_TRIES = "30/hour"
_HAS_MONEY = {payments.AttemptState.CAPTURED, payments.AttemptState.REVIEW}


def use_coupon(booking_id: UUID, code: str, viewer: Viewer) -> Booking:
    """Make a hold cheaper by a coupon; one that was used before goes back.

    A payment that was begun at the old price is closed; if its money comes after all, it goes
    back and the hold stays.

    Raises:
        NotSignedIn: coupons are counted for each client.
        TooMany: the viewer tries code after code.
        BookingNotFound, NotYours: as everywhere.
        HoldExpired: there is no hold any more.
        AlreadyPaid: the money has come.
        InvalidInput: on ``code``: it does not hold, and why.
    """
    limits.hit("credits.coupon", str(viewer.person), _TRIES)
    with transaction() as session:
        booking = _open_hold(session, booking_id, viewer)
        undo_credit(session, booking)
        booking.price_minor, booking.discount = booking.full_price.minor, {}
        found = credits.take_coupon(session, booking.id, code, bill(booking))
        _discount(session, booking, found)
        detail: dict[str, str | int] = {"code": found.label, "minor": found.amount.minor}
        note(session, booking, Step(What.COUPON_USED, viewer.person, detail))
        idempotency.made(session, booking.id)
    return booking


def drop_coupon(booking_id: UUID, viewer: Viewer) -> Booking:
    """Pay the full price after all; raises as `use_coupon`. A repeat changes nothing."""
    with transaction() as session:
        booking = _open_hold(session, booking_id, viewer)
        undo_credit(session, booking)
        idempotency.made(session, booking.id)
        if booking.discount:
            credits.release_coupon(session, booking.id)
            booking.price_minor, booking.discount = booking.full_price.minor, {}
            session.flush()
            note(session, booking, Step(What.COUPON_DROPPED, viewer.person))
    return booking


def usable_credit(session: Session, booking: Booking) -> list[credits.Usable]:
    """The client's credits that can pay for a hold; none while nobody knows whose it is.

    A session of a package takes the place of a coupon, so it is weighed against the full price.
    What the hold itself has spent counts as if it were back: choosing anew gives it back first.
    """
    if booking.client_id is None:
        return []
    back = _spent(session, booking)
    return credits.usable(session, bill(booking), full=booking.full_price, back=back)


def credit_choices(session: Session, booking: Booking) -> list[CreditChoice]:
    """How a hold's client could use credit, packages first; none where nothing is to be paid."""
    if booking.price.is_zero:
        return []
    found = usable_credit(session, booking)
    chosen = [_package_choice(one) for one in found if one.covers]
    plain = [one for one in found if not one.covers]
    if plain:
        available = Money(sum(one.left.minor for one in plain), booking.currency)
        pays = Money(min(available.minor, booking.price_minor), booking.currency)
        ends = [one.ends_at for one in plain if one.ends_at is not None]
        chosen.append(
            CreditChoice(
                key=BALANCE,
                available=available,
                pays=pays,
                price=booking.price,
                ends_at=min(ends, default=None),
            )
        )
    return chosen


def spend_credit(session: Session, booking: Booking, choice: str) -> None:
    """Pay for a locked hold by credit: `BALANCE` as far as it goes, or a package by its id.

    Raises:
        InvalidInput: on ``credit``: it is no choice, not enough of it is left, or it is contested.
    """
    try:
        package = None if choice == BALANCE else UUID(choice)
    except ValueError as problem:
        raise InvalidInput({"credit": ["credit_not_usable"]}) from problem
    try:
        if package is None:
            booking.credit_attempt_ids = credits.spend(
                session, booking.id, booking.expert_person_id, bill(booking), _label(booking)
            )
        else:
            _spend_session(session, booking, package)
    except credits.CreditContested as problem:
        raise InvalidInput({"credit": [problem.code]}) from problem
    except (credits.CreditNotUsable, credits.CreditNotFound) as problem:
        raise InvalidInput({"credit": ["credit_not_usable"]}) from problem
    session.flush()


def renew(session: Session, booking: Booking, attempt_id: UUID, paid: Money) -> None:
    """Take a lapsed hold's coupon and credit once more, since its money came late.

    Credit only as much as the client had chosen beside just this payment.

    Raises:
        InvalidInput: the coupon holds no longer, not enough credit is left, or the price became
            another one after the client went to pay.
    """
    if booking.discount.get("kind") == "coupon":
        full = bill(booking, booking.full_price)
        again = credits.take_coupon(session, booking.id, booking.discount["label"], full)
        if again.amount.minor != booking.discount["minor"]:
            raise InvalidInput({"code": ["coupon_over"]})
    missing = booking.price - paid
    if missing.is_zero:
        return
    if missing.minor != queries.credit_beside(session, booking, attempt_id):
        raise InvalidInput({"credit": ["credit_not_usable"]})
    rest = bill(booking, missing)
    try:
        made = credits.spend(session, booking.id, booking.expert_person_id, rest, _label(booking))
    except (credits.CreditNotUsable, credits.CreditContested) as problem:
        raise InvalidInput({"credit": ["credit_not_usable"]}) from problem
    booking.credit_attempt_ids = made
    if sum(payments.attempt(session, one).amount_minor for one in made) < missing.minor:
        raise InvalidInput({"credit": ["credit_not_usable"]})


def bill(booking: Booking, price: Money | None = None) -> credits.Bill:
    """A booking as `credits` needs to know it; its own price unless another is given."""
    if booking.client_id is None:
        raise NotYours("nobody knows whose hold it is")
    return credits.Bill(
        booking.client_id,
        booking.expert_id,
        booking.service_id,
        booking.length,
        price or booking.price,
    )


def _package_choice(one: credits.Usable) -> CreditChoice:
    return CreditChoice(
        key=str(one.id),
        available=one.left,
        pays=one.pays,
        price=one.pays,
        ends_at=one.ends_at,
        name=one.name,
        sessions_left=one.sessions_left,
    )


def _spent(session: Session, booking: Booking) -> dict[UUID, Money]:
    """What a hold has taken of each credit and still has."""
    spent: dict[UUID, Money] = {}
    for attempt_id in booking.credit_attempt_ids:
        paid = payments.attempt(session, attempt_id)
        back = payments.refunded_minor(session, attempt_id)
        spent[UUID(paid.provider_reference)] = Money(paid.amount_minor - back, paid.currency)
    return spent


def _spend_session(session: Session, booking: Booking, package: UUID) -> None:
    credits.release_coupon(session, booking.id)
    full = bill(booking, booking.full_price)
    attempt_id, found = credits.spend_session(
        session, booking.id, booking.expert_person_id, full, package, _label(booking)
    )
    booking.credit_attempt_ids = [attempt_id]
    _discount(session, booking, found)


def _discount(session: Session, booking: Booking, found: credits.Discount) -> None:
    booking.price_minor = found.full_price.minor - found.amount.minor
    booking.discount = found.as_json()
    session.flush()


def _open_hold(session: Session, booking_id: UUID, viewer: Viewer) -> Booking:
    """A locked hold of the viewer's whose money has not come; a payment under way is closed."""
    person_id = viewer.person
    booking, side = queries.lock_visible(session, viewer, booking_id)
    if side != "client":
        raise NotYours(f"{side} cannot act for the client")
    if booking.state in {BookingState.PENDING, BookingState.CONFIRMED}:
        raise payments.AlreadyPaid(f"booking {booking_id} is {booking.state}")
    now = clock.now()
    if booking.state != BookingState.HELD or (booking.held_until or now) <= now:
        raise HoldExpired(f"booking {booking_id} is {booking.state}")
    attach(session, booking, person_id)
    close_payment(session, booking)
    if booking.attempt_id is not None:
        before = payments.attempt(session, booking.attempt_id)
        if before.state in _HAS_MONEY and not before.in_vain:
            raise payments.AlreadyPaid(f"booking {booking_id} is {before.state}")
    return booking


def _label(booking: Booking) -> str:
    return f"{booking.reference} {next(iter(booking.service_name.values()), '')}".strip()
