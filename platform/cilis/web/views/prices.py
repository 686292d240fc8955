"""A price as clients read it: with the tax in it, or without and the tax beside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import experts, pricing, tenants
from cilis.infra.i18n import format_money, format_percent, gettext, translated
from cilis.kit.money import Money
from cilis.web.visit import organization

Row = tuple[str, Money | str, str]
"""A line of a sum: its words, its amount, and its kind ("", "part", "total")."""


@dataclass(frozen=True, slots=True)
class Price:
    """An amount that is paid, and how the organization shows it."""

    total: Money
    tax: pricing.Tax
    display: tenants.PriceDisplay

    @property
    def is_net(self) -> bool:
        """Whether the tax comes on top of what is shown; without tax there is nothing to tell."""
        taxed = self.tax.rate_bp > 0 and not self.total.is_zero
        return taxed and self.display == tenants.PriceDisplay.NET

    @property
    def shown(self) -> Money:
        """The amount in large type."""
        return self.parts.net if self.is_net else self.total

    @property
    def parts(self) -> pricing.Parts:
        """The amount without tax and the tax, which add up to what is paid."""
        return self.tax.parts(self.total)

    @property
    def note(self) -> str:
        """What is in the shown amount or comes on top: "incl. 19 % VAT"; "" without tax."""
        if not self.tax.rate_bp or self.total.is_zero:
            return ""
        words = {"rate": format_percent(self.tax.rate_bp), "tax": self._name}
        if self.is_net:
            return gettext("plus %(rate)s %(tax)s", **words)
        return gettext("incl. %(rate)s %(tax)s", **words)

    @property
    def words(self) -> str:
        """Amount and note in one line."""
        return f"{format_money(self.shown)} {self.note}".rstrip()

    def of(self, total: Money) -> Price:
        """Another amount with the same tax, shown the same way."""
        return replace(self, total=total)

    def rows(self, label: str) -> list[Row]:
        """What stands above the total: the shown amount and the tax."""
        found: list[Row] = [(label, self.shown, "")]
        if self.is_net:
            found.append((f"{self._name} {format_percent(self.tax.rate_bp)}", self.parts.tax, ""))
        elif self.note:
            found.append((self.note, self.parts.tax, "part"))
        return found

    @property
    def _name(self) -> str:
        return translated(self.tax.name) or gettext("tax")


def of_services(session: Session, services: Iterable[experts.ServiceTerms]) -> Mapping[UUID, Price]:
    """What each service costs today; one query."""
    known = {service.id: service for service in services}
    here = organization()
    taxes = pricing.taxes(session, known, here) if known else {}
    return {
        service_id: Price(service.price, taxes[service_id], here.price_display)
        for service_id, service in known.items()
    }


def frozen(total: Money, terms: Mapping[str, object]) -> Price:
    """A booking's price as it was shown on its day."""
    kept = pricing.Terms.from_json(terms)
    return Price(total, kept.tax, kept.display)


def as_paid(words: str) -> str:
    """An amount in a filter, which means what is paid; told where prices are shown without tax."""
    if organization().price_display == tenants.PriceDisplay.GROSS:
        return words
    return gettext("%(amount)s with tax", amount=words)
