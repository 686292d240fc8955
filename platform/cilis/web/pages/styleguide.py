"""/styleguide: every component with its states, on the brand of whoever serves it."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, render_template

from cilis.domains.bookings import BookingState
from cilis.domains.experts import ExpertCard, ExpertState, ServiceTerms
from cilis.domains.pricing import Tax
from cilis.domains.tenants import PriceDisplay
from cilis.infra.http.policies import PUBLIC, policy
from cilis.kit import clock, ids
from cilis.kit.money import Money
from cilis.web.views import drawings
from cilis.web.views.prices import Price
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
            ("incl. 10 %", Money(4_545_455, currency), "part"),
            ("Σ", Money(50_000_000, currency), "total"),
        ],
        items=[
            {"title": "Booked", "state": "past", "at": hour - timedelta(days=2)},
            {"title": "Paid", "state": "past", "at": hour - timedelta(days=2), "text": "VNPay"},
            {"title": "Session", "state": "now", "at": hour},
            {"title": "Receipt", "state": "to-come"},
            {"title": "Payment failed", "state": "gone", "at": hour - timedelta(days=3)},
        ],
        cards=[
            _card("Công Tằng Tôn Nữ Diễm Quỳnh", 1046),
            _card("Gesellschaft Kreislauf", 0),
            _card("Ö", 3),
        ],
        terms=_terms(Money(50_000_000 if currency == "VND" else 240_000, currency)),
        shown_as=[
            Price(Money(50_000_000 if currency == "VND" else 240_000, currency), tax, display)
            for tax, display in (
                (Tax(1_900, {"en": "VAT"}), PriceDisplay.GROSS),
                (Tax(1_900, {"en": "VAT"}), PriceDisplay.NET),
                (Tax(), PriceDisplay.GROSS),
            )
        ],
        trend=drawings.line([4, 6, 5, 9, 8, 12, 11, 14], None),
        errors={"email": ["required"], "price": ["out_of_range", "required"]},
    )


def _card(name: str, count: int) -> ExpertCard:
    """Somebody who does not exist: no portrait, a long headline, many reviews or none."""
    headline = "Thuế cho người Việt làm việc ở nước ngoài; Rechtsschutzversicherungsgesellschaften"
    return ExpertCard(
        id=ids.new(), person_id=ids.new(), slug="nobody", name=name, honorific="ThS.",
        headline={"en": headline}, picture_key=None, rating=4.7 if count else None,
        rating_sum=count * 5, rating_count=count, verified=bool(count),
        languages=("vi", "en", "de") if count else ("vi",), topic_ids=(), country="VN",
        time_zone="Asia/Ho_Chi_Minh", experience_years=9, state=ExpertState.PUBLISHED, version=1,
    )  # fmt: skip


def _terms(price: Money) -> ServiceTerms:
    nothing = timedelta()
    return ServiceTerms(
        id=ids.new(), expert_id=ids.new(), name={"en": "Nachbereitung eines Ausfalls"},
        length=timedelta(minutes=90), price=price, before=nothing, after=nothing,
        needs_acceptance=False, notice=nothing, window=nothing, time_zone="UTC",
    )  # fmt: skip
