"""Pricing: what of a session's price is tax, what is commission, and what the expert gets.

This file is the room's only door. A booking freezes the terms of its day; changing a rule changes
nothing that was booked before.
"""

from cilis.domains.pricing.errors import RateInUse, RateNotFound, RuleNotFound
from cilis.domains.pricing.models import CommissionRule, ServiceTax, TaxRate
from cilis.domains.pricing.queries import rates, rates_of, rules, taxes, terms, usual_tax
from cilis.domains.pricing.service import (
    remove_commission,
    remove_rate,
    save_rate,
    set_commission,
    tax_service,
)
from cilis.domains.pricing.types import (
    Base,
    Commission,
    Parts,
    Rate,
    Rule,
    RuleWish,
    Split,
    Tax,
    Terms,
)

__all__ = [
    "Base",
    "Commission",
    "CommissionRule",
    "Parts",
    "Rate",
    "RateInUse",
    "RateNotFound",
    "Rule",
    "RuleNotFound",
    "RuleWish",
    "ServiceTax",
    "Split",
    "Tax",
    "TaxRate",
    "Terms",
    "rates",
    "rates_of",
    "remove_commission",
    "remove_rate",
    "rules",
    "save_rate",
    "set_commission",
    "tax_service",
    "taxes",
    "terms",
    "usual_tax",
]
