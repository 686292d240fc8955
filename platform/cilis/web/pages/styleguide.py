"""/styleguide: every component with its states, on the brand of whoever serves it."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, render_template

from cilis.domains.bookings import BookingState
from cilis.infra.http.policies import PUBLIC, policy
from cilis.kit import clock
from cilis.kit.money import Money
from cilis.web.visit import organization

pages = Blueprint("styleguide", __name__)


@pages.get("/styleguide")
@policy(PUBLIC)
def show() -> str:
    """What pages are made of."""
    hour = clock.now().replace(minute=30, second=0, microsecond=0)
    starts = [hour + timedelta(hours=number) for number in range(1, 7)]
    currency = organization().currency
    return render_template(
        "styleguide/show.html",
        starts=starts,
        soon=clock.now() + timedelta(minutes=7, seconds=41),
        states=[str(state) for state in BookingState],
        price=Money(50_000_000 if currency == "VND" else 240_000, currency),
        rows=[
            ("45 min", Money(50_000_000, currency)),
            ("10 %", Money(5_000_000, currency)),
            ("Σ", Money(55_000_000, currency), "total"),
        ],
        items=[
            {"title": "Booked", "state": "past", "at": hour - timedelta(days=2)},
            {"title": "Paid", "state": "past", "at": hour - timedelta(days=2), "text": "VNPay"},
            {"title": "Session", "state": "now", "at": hour},
            {"title": "Receipt", "state": "to-come"},
            {"title": "Payment failed", "state": "gone", "at": hour - timedelta(days=3)},
        ],
        errors={"email": ["required"], "price": ["out_of_range", "required"]},
    )
