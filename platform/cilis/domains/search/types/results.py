"""What a question is answered with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from cilis.domains.experts import ExpertCard, ServiceTerms


class Matched(StrEnum):
    """How the words were taken: all of them, something spelled nearly so, or some of them."""

    ALL = "all"
    NEAR = "near"
    SOME = "some"


@dataclass(frozen=True, slots=True)
class PriceFacet:
    """How many experts begin at which price: equal steps from ``lowest`` to ``highest``.

    Of a question that names a length or a mode it is the price of services that fit it.
    """

    lowest: int
    highest: int
    counts: tuple[int, ...]

    def edges(self) -> list[int]:
        """The lower bound of each step, and the end of the last."""
        width = (self.highest - self.lowest) / max(1, len(self.counts))
        return [round(self.lowest + width * step) for step in range(len(self.counts) + 1)]


@dataclass(frozen=True, slots=True)
class Facets:
    """How many experts there would be for each choice, all other choices kept.

    ``ratings`` counts those with at least so many stars. ``parts`` follows the question's grid.
    ``durations`` are minutes. ``loosened`` says how many there would be without one of the choices
    (a `Filter` that is on, or "words").
    """

    topics: Mapping[UUID, int] = field(default_factory=dict)
    languages: Mapping[str, int] = field(default_factory=dict)
    countries: Mapping[str, int] = field(default_factory=dict)
    modes: Mapping[str, int] = field(default_factory=dict)
    durations: Mapping[int, int] = field(default_factory=dict)
    ratings: Mapping[float, int] = field(default_factory=dict)
    verified: int = 0
    prices: PriceFacet | None = None
    parts: tuple[int, ...] = ()
    loosened: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TopicHint:
    """A topic that the typed words begin."""

    id: UUID
    slug: str
    names: Mapping[str, str]
    icon: str = ""


@dataclass(frozen=True, slots=True)
class ExpertHint:
    """An expert whose name the typed words begin."""

    id: UUID
    slug: str
    title: str
    headline: Mapping[str, str]
    picture_key: str | None


@dataclass(frozen=True, slots=True)
class ServiceHint:
    """A service that one or more experts offer under this name."""

    names: Mapping[str, str]
    experts: int


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What somebody who typed this far may mean. ``near``: spelled nearly so."""

    topics: tuple[TopicHint, ...] = ()
    experts: tuple[ExpertHint, ...] = ()
    services: tuple[ServiceHint, ...] = ()
    near: bool = False

    def __bool__(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.topics or self.experts or self.services)


@dataclass(frozen=True, slots=True)
class Results:
    """One page of ids in order, and what the page around the list needs.

    ``total_is_exact`` is False where counting stopped early. ``facets`` is None unless asked
    for. ``suggestions`` are given when nothing was found as written; ``suggestion`` are words that
    find more than the typed ones, where those find little. ``engine`` answered; ``is_fallback``
    when the one that should have did not.
    """

    ids: tuple[UUID, ...]
    total: int
    total_is_exact: bool = True
    facets: Facets | None = None
    next_cursor: str | None = None
    matched: Matched = Matched.ALL
    suggestions: Suggestions = Suggestions()
    suggestion: str = ""
    engine: str = "postgresql"
    is_fallback: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """One expert as a list shows it: read again from its own room a moment ago.

    ``services`` are those that fit the question; ``starts`` are true free times of each.
    """

    card: ExpertCard
    services: Sequence[ServiceTerms]
    starts: Mapping[UUID, Sequence[datetime]]

    @property
    def lead(self) -> ServiceTerms | None:
        """The service to show first: the first one that has a free time."""
        free = (service for service in self.services if self.starts.get(service.id))
        return next(free, self.services[0] if self.services else None)

    @property
    def next_times(self) -> Sequence[datetime]:
        """The next free times of the leading service."""
        return self.starts.get(self.lead.id, ()) if self.lead else ()
