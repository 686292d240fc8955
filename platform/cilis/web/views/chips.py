"""What narrows a list, each choice with the way to take it off; and times to choose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from cilis.infra.i18n import (
    country_name,
    format_money,
    format_number,
    gettext,
    language_name,
    ngettext,
    translated,
)
from cilis.kit.money import Money
from cilis.web.views.browse import Browse
from cilis.web.views.modes import modes
from cilis.web.views.moments import moments, part_label
from cilis.web.views.prices import as_paid


@dataclass(frozen=True, slots=True)
class Chip:
    """One choice that is on, and the address without it."""

    label: str
    address: str


def chips(asked: Browse) -> list[Chip]:
    """Everything that is on."""
    return [*_what(asked), *_when(asked), *_which(asked)]


def times(asked: Browse) -> list[Chip]:
    """The named times that are not chosen; another one takes the place of the chosen one."""
    chosen = {one.key for one in asked.moments}
    return [
        Chip(one.label, replace(asked, moments=(one,), after=None).address())
        for one in moments()
        if one.key not in chosen
    ]


def heading(asked: Browse) -> str:
    """What the list is of, beside its number: the field, the one time; "" for everything."""
    named = [translated(asked.topic.names)] if asked.topic else []
    whens = [one.label for one in asked.moments] + [part_label(one) for one in asked.parts]
    return " · ".join([*named, *(whens if len(whens) == 1 else [])])


def stars_label(rating: float) -> str:
    """A number of stars without needless decimals: "4", "4,5"."""
    return format_number(rating, 0 if rating == int(rating) else 1)


def _what(asked: Browse) -> Iterator[Chip]:
    if asked.words:
        yield Chip(f"“{asked.words}”", asked.without("words").address())
    if asked.topic:
        yield Chip(translated(asked.topic.names), asked.without("topic").address())


def _when(asked: Browse) -> Iterator[Chip]:
    for moment in asked.moments:
        rest = tuple(one for one in asked.moments if one != moment)
        yield Chip(moment.label, replace(asked, moments=rest).address())
    for part in asked.parts:
        parts = tuple(one for one in asked.parts if one != part)
        yield Chip(part_label(part), replace(asked, parts=parts).address())


def _which(asked: Browse) -> Iterator[Chip]:
    if asked.mode:
        yield Chip(modes()[asked.mode].words, asked.without("mode").address())
    if asked.minutes:
        label = ngettext("%(n)s minute", "%(n)s minutes", asked.minutes)
        yield Chip(label, asked.without("length").address())
    if asked.price_min is not None or asked.price_max is not None:
        yield Chip(as_paid(_price_label(asked)), asked.without("price").address())
    if asked.rating is not None:
        label = gettext("From %(stars)s stars", stars=stars_label(asked.rating))
        yield Chip(label, asked.without("rating").address())
    for language in asked.languages:
        left = tuple(one for one in asked.languages if one != language)
        yield Chip(language_name(language), replace(asked, languages=left).address())
    if asked.country:
        yield Chip(country_name(asked.country), asked.without("country").address())
    if asked.verified:
        yield Chip(gettext("Verified"), asked.without("verified").address())


def _price_label(asked: Browse) -> str:
    low, high = asked.price_min, asked.price_max
    if low is None:
        return f"≤ {_amount(asked, high or 0)}"
    if high is None:
        return f"≥ {_amount(asked, low)}"
    return f"{_amount(asked, low)} – {_amount(asked, high)}"


def _amount(asked: Browse, minor: int) -> str:
    return format_money(Money(minor, asked.currency))
