"""What a line of the book keeps besides, in words: names and values a person can read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from cilis.infra.i18n import N_, format_date, format_money, format_number, gettext
from cilis.kit.money import Money
from cilis.web.visit import organization

NOT_TOLD = frozenset(
    {"ip", "password", "token", "secret", "via", "kind", "cause", "step", "from", "to", "sequence"}
    | {"digest", "order", "starts", "texts", "names", "bytes", "method"}
)
LABELS: Mapping[str, str] = {
    "reason": N_("Reason"),
    "before": N_("Before"),
    "after": N_("After"),
    "provider": N_("Gateway"),
    "key": N_("Extension"),
    "slug": N_("Address"),
    "words": N_("Words"),
    "block": N_("Block"),
    "decision": N_("Decision"),
    "title": N_("Title"),
    "on": N_("Switched"),
    "secrets_changed": N_("New secrets"),
    "audience": N_("For"),
    "changed": N_("Changed"),
    "count": N_("Number"),
    "day": N_("Day"),
    "country": N_("Country"),
    "region": N_("Region"),
    "by": N_("In the name of"),
    "missed_by": N_("Who did not come?"),
    "outcome": N_("Decision"),
    "amount_minor": N_("Amount"),
    "refund_minor": N_("Refund"),
    "total_minor": N_("In all"),
    "minor": N_("Amount"),
    "rest_minor": N_("What was left"),
    "price_minor": N_("Price"),
    "least_minor": N_("Least amount"),
    "sessions": N_("Sessions"),
    "days": N_("Days"),
    "percent": N_("Percent"),
    "code": N_("Code"),
    "is_on": N_("Switched"),
    "payouts": N_("Number"),
    "batch": N_("Batch"),
    "form": N_("File"),
    "holding_days": N_("Hold what a session brings"),
    "minimum_minor": N_("Pay out from"),
    "approval_above_minor": N_("Ask a second person above"),
    "lock_days": N_("Wait after an account was changed"),
    "account": N_("Your own account, for SEPA files"),
    "step_minutes": N_("Minutes from start to start"),
    "most_per_day": N_("Most sessions a day"),
    "most_per_week": N_("Most sessions a week"),
    "size": N_("Size in bytes"),
    "said": N_("Amount of the gateway"),
    "expected": N_("Amount we expect"),
}
_DISPLAYS: Mapping[str, str] = {"gross": N_("Prices with tax"), "net": N_("Prices without tax")}
VALUES: Mapping[str, Mapping[str, str]] = {
    "before": _DISPLAYS,
    "after": _DISPLAYS,
    "on": {"True": N_("on"), "False": N_("off")},
    "is_on": {"True": N_("on"), "False": N_("off")},
    "audience": {
        "everybody": N_("Everybody, visitors too"),
        "clients": N_("Clients"),
        "experts": N_("Experts"),
        "staff": N_("The staff"),
    },
    "decision": {"approve": N_("Approve"), "ask": N_("Ask for more"), "reject": N_("Reject")},
    "by": {"client": N_("Client"), "expert": N_("Expert"), "staff": N_("The staff")},
    "missed_by": {"client": N_("Client"), "expert": N_("Expert")},
    "outcome": {
        "expert_missed": N_("The expert did not come"),
        "client_missed": N_("The client did not come"),
        "took_place": N_("The session took place"),
    },
    "block": {
        "hero": N_("Beginning"),
        "fields": N_("Fields"),
        "experts": N_("Experts"),
        "steps": N_("How it works"),
        "reviews": N_("Reviews"),
        "questions": N_("Questions"),
        "text": N_("Text"),
        "quote": N_("Quote"),
    },
}
_LONGEST = 120


def details(detail: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Names and values in the reader's language: no ids, nothing secret, nothing empty."""
    for name, value in detail.items():
        if name in NOT_TOLD or name.endswith("id") or value in (None, "", [], {}):
            continue
        label = gettext(LABELS[name]) if name in LABELS else name.replace("_", " ")
        if isinstance(value, (str, int, float)):
            yield label, _value(name, value)[:_LONGEST]
        elif isinstance(value, (list, tuple)):
            yield label, ", ".join(map(str, value))[:_LONGEST]


def _value(name: str, value: str | float) -> str:
    known = VALUES.get(name, {})
    plain = str(value)
    for key in (plain, plain.partition("-")[0]):  # a block's key is its kind, perhaps with a mark
        if key in known:
            return gettext(known[key])
    return _WRITTEN[name](value) if name in _WRITTEN else plain


def _money(minor: Any) -> str:
    return format_money(Money(int(minor), organization().currency))


_WRITTEN: Mapping[str, Callable[[Any], str]] = {
    "amount_minor": _money,
    "minor": _money,
    "rest_minor": _money,
    "price_minor": _money,
    "least_minor": _money,
    "refund_minor": _money,
    "total_minor": _money,
    "minimum_minor": _money,
    "approval_above_minor": _money,
    "size": format_number,
    "day": lambda day: format_date(date.fromisoformat(day), "short"),
}
