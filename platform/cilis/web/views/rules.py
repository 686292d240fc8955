"""Rules of cancelling in words, for those who choose among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cilis.domains import tenants
from cilis.infra.i18n import gettext, translated


@dataclass(frozen=True, slots=True)
class Choice:
    """Rules that a service may have: their key, name and what they say."""

    key: str
    name: str
    words: str


def choices(organization: tenants.Organization) -> list[Choice]:
    """The organization's own rules first, then those that services may have instead."""
    rules = organization.rules
    usual = in_words(organization.cancellation, rules.no_show_percent)
    return [
        Choice("", gettext("As usual here"), usual),
        *(
            Choice(one.key, translated(one.names), in_words(one.tiers, one.no_show_percent))
            for one in rules.policies
        ),
    ]


def in_words(tiers: Sequence[tenants.CancellationTier], no_show_percent: int) -> str:
    """What comes back, in a sentence for each step."""
    parts = [
        gettext("until %(hours)s h before: %(percent)s %% back", hours=t.hours, percent=t.percent)
        for t in tiers
        if t.percent
    ]
    parts.append(gettext("not come: %(percent)s %% back", percent=no_show_percent))
    return " · ".join(parts)
