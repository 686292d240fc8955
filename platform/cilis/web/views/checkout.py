"""The one sheet of a checkout: who, what about, how paid, and until when it is held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import bookings, experts, identity, payments
from cilis.domains.bookings import BookingState
from cilis.kit import clock
from cilis.kit.money import Money
from cilis.kit.viewer import Viewer
from cilis.web.views.bills import Bill, bill_of, with_choice
from cilis.web.views.visits import Visit, visit

STEPS = ("who", "about", "pay")
NO_CREDIT = "none"
"""The choice of a client who has credit and keeps it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Everything a checkout shows; ``step`` is the one that is open."""

    visit: Visit
    step: str
    client: identity.Person | None
    card: experts.ExpertCard
    methods: Sequence[payments.Method]
    provider: str
    tiers: Sequence[bookings.Tier]
    if_client_misses: bookings.Preview
    if_expert_cancels: bookings.Preview
    suggests: bool
    needs_acceptance: bool
    bill: Bill
    code: str = ""  # of the coupon that makes it cheaper
    choices: Sequence[bookings.CreditChoice] = ()
    credit: str = ""  # the choice that is made

    @property
    def id(self) -> UUID:
        """The booking's id."""
        return self.visit.id

    @property
    def price(self) -> Money:
        """What the session costs as it is chosen, tax included."""
        return self.bill.price

    @property
    def due(self) -> Money:
        """What is left to pay."""
        return self.bill.due

    @property
    def can_pay(self) -> bool:
        """Whether the button does something: a way to pay is open, or nothing is to be paid."""
        return bool(self.methods) or self.due.is_zero

    @property
    def lapsed(self) -> bool:
        """Whether the hold is over."""
        held_until = self.visit.held_until
        over = held_until is None or held_until <= clock.now()
        return self.visit.state == BookingState.EXPIRED or (
            self.visit.state == BookingState.HELD and over
        )


def sheet(
    session: Session,
    booking: bookings.Booking,
    viewer: Viewer,
    *,
    step: str = "",
    provider: str = "",
    credit: str = "",
) -> Sheet:
    """The sheet of a held booking, opened at the asked step if the ones before are done.

    ``credit`` is what the client chose last, `NO_CREDIT` for none; "" where nothing was chosen.
    """
    methods = payments.methods(session, booking.currency)
    keys = [method.key for method in methods]
    client = identity.person(session, viewer.person_id) if viewer.person_id else None
    opened = _open_step(step, client is not None, booking.topic_text)
    choices = bookings.credit_choices(session, booking) if opened == "pay" else []
    chosen = _chosen(choices, credit)
    bill = bill_of(session, booking)
    return Sheet(
        visit=visit(session, booking, "client"),
        step=opened,
        bill=with_choice(bill, booking, chosen) if opened == "pay" else bill,
        code=booking.discount["label"] if booking.discount.get("kind") == "coupon" else "",
        choices=choices,
        credit=chosen.key if chosen else "",
        client=client,
        card=experts.card(session, booking.expert_id),
        methods=methods,
        provider=provider if provider in keys else (keys[0] if keys else ""),
        tiers=_still_open(bookings.cancellation(session, booking).tiers),
        if_client_misses=bookings.if_missed(session, booking, "client"),
        if_expert_cancels=bookings.cancellation(session, booking, by="expert"),
        suggests=bookings.suggests(booking),
        needs_acceptance=booking.needs_acceptance,
    )


def _still_open(tiers: Sequence[bookings.Tier]) -> list[bookings.Tier]:
    now = clock.now()
    return [tier for tier in tiers if tier.until is None or tier.until > now]


def _chosen(choices: Sequence[bookings.CreditChoice], asked: str) -> bookings.CreditChoice | None:
    """What the client chose; unless they chose anything, what is there is used."""
    if asked == NO_CREDIT or not choices:
        return None
    return next((one for one in choices if one.key == asked), choices[0])


def _open_step(asked: str, known: bool, about: str | None) -> str:
    if not known:
        return "who"
    if asked == "pay" or (about is not None and asked != "about"):
        return "pay"
    return "about"
