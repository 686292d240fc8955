"""From what the lower rooms say of experts to the rows that questions are asked of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import experts, scheduling, tenants
from cilis.domains.search.types import HORIZON, NEVER, Said, ring, runs, vector
from cilis.kit import clock
from cilis.kit.text import fold

# The stars that an expert without reviews is taken to have, and how many reviews that weighs.
# Constants on purpose: a mean over all experts would change every row with every review.
_USUAL_STARS = 4.0
_USUAL_WEIGHT = 5
_EVERY_START = 100_000
_LONGEST_TEXT = 12_000


@dataclass(frozen=True, slots=True)
class Times:
    """Free time of one expert: of each service, and of any."""

    starts: Mapping[UUID, Sequence[datetime]]

    def first(self, service_id: UUID | None = None) -> datetime:
        """The next start; `NEVER` when there is none."""
        of = [self.starts[service_id]] if service_id else self.starts.values()
        return min((found[0] for found in of if found), default=NEVER)

    def ring(self, service_id: UUID | None = None) -> str:
        """The bits of a service, or of all together."""
        if service_id:
            return ring(self.starts[service_id])
        return ring(start for found in self.starts.values() for start in found)

    def columns(self, service_id: UUID) -> dict[str, Any]:
        """The columns of a service that follow from its free time."""
        exact = runs(self.starts[service_id])
        return {
            "free": self.ring(service_id),
            "step": exact.step,
            "runs_since": list(exact.since),
            "runs_until": list(exact.until),
            "next_start_at": self.first(service_id),
        }


@dataclass(frozen=True, slots=True)
class Reading:
    """What the lower rooms said of some experts at one moment."""

    cards: Mapping[UUID, experts.ExpertCard]
    services: Mapping[UUID, Sequence[experts.ServiceTerms]]
    times: Mapping[UUID, Times]

    def is_listed(self, expert_id: UUID) -> bool:
        """Whether visitors may find the expert: published, and with something to book."""
        card = self.cards.get(expert_id)
        return card is not None and card.listed and bool(self.services.get(expert_id))


def read(session: Session, expert_ids: Sequence[UUID]) -> Reading:
    """Ask the doors about these experts; three queries whatever the number."""
    cards = experts.cards(session, expert_ids)
    services = experts.services_of(session, [one for one, card in cards.items() if card.listed])
    every = [terms for found in services.values() for terms in found]
    starts = scheduling.next_starts(
        session, every, count=_EVERY_START, after=clock.now(), days=HORIZON.days
    )
    times = {
        expert_id: Times({terms.id: starts[terms.id] for terms in found})
        for expert_id, found in services.items()
    }
    return Reading(cards, services, times)


def time_columns(times: Times) -> dict[str, Any]:
    """The columns of a card that follow from free time."""
    return {"free": times.ring(), "next_start_at": times.first()}


def cards_of(
    session: Session, reading: Reading, expert_ids: Sequence[UUID]
) -> Iterator[dict[str, Any]]:
    """Whole rows of `SearchCard` for these experts."""
    topics = {node.id: node for root in experts.topics(session) for node in root.walk()}
    texts = experts.biographies(session, expert_ids)
    spoken = tenants.organization(session).languages
    for expert_id in expert_ids:
        card = reading.cards.get(expert_id)
        if card is None or not reading.is_listed(expert_id):
            yield {"expert_id": expert_id, "listed": False, "version": card.version if card else 0}
            continue
        services = reading.services[expert_id]
        chosen = _with_parents(card.topic_ids, topics)
        said = [
            *_names(card, chosen, services, spoken),
            *_prose("D", texts.get(expert_id, {})),
        ]
        yield {
            "expert_id": expert_id,
            "version": card.version,
            "listed": True,
            "words": vector(said),
            "head": vector(part for part in said if part[0] != "D"),
            "fuzzy": _fuzzy(card, [topics[one] for one in card.topic_ids if one in topics]),
            "topic_ids": [topic.id for topic in chosen],
            "languages": list(card.languages),
            "country": card.country,
            "verified": card.verified,
            "rating": card.rating or 0.0,
            "rating_count": card.rating_count,
            "stars": stars(card),
            "standing": standing(card),
            "experience_years": card.experience_years,
            "price_min": min(terms.price.minor for terms in services),
            "price_max": max(terms.price.minor for terms in services),
            "modes": sorted({terms.mode.value for terms in services}),
            "durations": sorted({_minutes(terms) for terms in services}),
            **time_columns(reading.times[expert_id]),
        }


def offers_of(reading: Reading, expert_id: UUID) -> list[dict[str, Any]]:
    """Whole rows of `SearchOffer` for one expert."""
    if not reading.is_listed(expert_id):
        return []
    times = reading.times[expert_id]
    return [
        {
            "service_id": terms.id,
            "expert_id": expert_id,
            "names": dict(terms.name),
            "words": vector(("D", name, ()) for name in terms.name.values()),
            "minutes": _minutes(terms),
            "mode": terms.mode.value,
            "price_minor": terms.price.minor,
            **times.columns(terms.id),
        }
        for terms in reading.services[expert_id]
    ]


def _minutes(terms: experts.ServiceTerms) -> int:
    return int(terms.length.total_seconds()) // 60


def stars(card: experts.ExpertCard) -> float:
    """A Bayesian mean: one review of five stars does not beat two hundred of 4.9."""
    total = card.rating_sum + _USUAL_STARS * _USUAL_WEIGHT
    return total / (card.rating_count + _USUAL_WEIGHT)


def standing(card: experts.ExpertCard) -> float:
    """0 to 1: the order where no words say more."""
    return (stars(card) - 1) / 4 * 0.85 + (0.15 if card.verified else 0.0)


def _with_parents(
    chosen: Sequence[UUID], topics: Mapping[UUID, experts.Topic]
) -> list[experts.Topic]:
    """The chosen topics and all above them, so that asking for a parent finds its children."""
    found: dict[UUID, experts.Topic] = {}
    for topic_id in chosen:
        at: UUID | None = topic_id
        while at is not None and at in topics and at not in found:
            found[at] = topics[at]
            at = topics[at].parent_id
    return list(found.values())


def _names(
    card: experts.ExpertCard,
    topics: Sequence[experts.Topic],
    services: Sequence[experts.ServiceTerms],
    spoken: Sequence[str],
) -> Iterator[Said]:
    """An expert's words in every language, each with the weight of where it stands.

    Names of people are not inflected; other words for a topic may be of any spoken language.
    """
    yield "A", card.name, ()
    yield from _prose("B", card.headline)
    for topic in topics:
        yield from _prose("B", topic.names)
        yield from (("B", alias, spoken) for alias in topic.aliases)
    for terms in services:
        yield from _prose("C", terms.name)


def _prose(weight: str, texts: Mapping[str, str]) -> Iterator[Said]:
    for language, text in texts.items():
        yield weight, text[:_LONGEST_TEXT], (language,)


def _fuzzy(card: experts.ExpertCard, topics: Sequence[experts.Topic]) -> str:
    """Where typing errors are looked for: name, headline, own topics. Short, or it is slow."""
    parts = [card.name, *(headline[:120] for headline in card.headline.values())]
    parts += [name for topic in topics for name in topic.names.values()]
    return fold(" ".join(dict.fromkeys(parts)))
