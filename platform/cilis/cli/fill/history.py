"""What happened to an expert before the demo began, and what is agreed: planned, not written.

Everything is drawn from a generator that is seeded by the expert's name, so that the same day
gives the same demo on every machine.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cilis.cli.fill.seed import Block, Seed, SeedExpert, SeedReview, SeedService

PAST_DAYS = 120
COMING_DAYS = 9
_PAUSE = 15  # minutes between two sessions
_STARS = (5,) * 41 + (4,) * 7 + (3,) * 2
_MOST_USES = 2  # of one text within an organization
_WORDED = 5  # at least every so many reviews has words


@dataclass(frozen=True, slots=True)
class Session:
    """One hour with a client; ``service`` and ``client`` are places in their lists."""

    starts_at: datetime
    minutes: int
    service: int
    client: int
    kind: str  # reviewed, plain, cancelled, no_show, coming, asked
    note: str = ""


@dataclass(frozen=True, slots=True)
class Voice:
    """What a client said of a session."""

    stars: int
    text: str = ""
    reply: str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """One expert's sessions, oldest first, and the voices of the reviewed ones in their order."""

    sessions: Sequence[Session]
    voices: Sequence[Voice]


def plan(seed: Seed, roots: Mapping[str, str], zone: str, now: datetime) -> list[History]:
    """A history for every expert of the seed, in its order.

    Args:
        seed: the pack's seed.
        roots: topic -> the field it belongs to.
        zone: the organization's time zone, for experts that name none.
        now: the instant at which the demo begins.
    """
    uses: Counter[str] = Counter()
    return [
        _one(seed, place, roots, expert.time_zone or zone, now, uses)
        for place, expert in enumerate(seed.experts)
    ]


def _one(
    seed: Seed, place: int, roots: Mapping[str, str], zone: str, now: datetime, uses: Counter[str]
) -> History:
    expert = seed.experts[place]
    dice = random.Random(expert.slug)  # noqa: S311 - the same demo every time, not a secret
    notes = seed.questions.get(roots.get(expert.topics[0], ""), ("",))
    past = _past(expert, zone, now, dice, len(seed.clients))
    coming = _coming(expert, place, zone, now, dice, notes)
    return History([*past, *coming], _voices(seed, expert, roots, dice, uses))


def _past(
    expert: SeedExpert, zone: str, now: datetime, dice: random.Random, clients: int
) -> list[Session]:
    first = now - timedelta(days=PAST_DAYS)
    possible = [
        slot for slot in _packed(expert, zone, first, PAST_DAYS, dice)
        if slot[0] + timedelta(minutes=slot[1]) < now - timedelta(hours=6)
    ]
    extra = 1 + expert.reviews // 6
    wanted = min(expert.reviews + extra, len(possible))
    chosen = sorted(dice.sample(possible, wanted))
    kinds = ["reviewed"] * (wanted - extra) + ["plain"] * extra
    dice.shuffle(kinds)
    return [
        Session(start, minutes, service, dice.randrange(clients), _what_became(kind, dice))
        for (start, minutes, service), kind in zip(chosen, kinds, strict=True)
    ]


def _what_became(kind: str, dice: random.Random) -> str:
    if kind == "reviewed":
        return kind
    return dice.choice(("plain", "plain", "cancelled", "cancelled", "no_show"))


def _coming(
    expert: SeedExpert, place: int, zone: str, now: datetime, dice: random.Random,
    notes: Sequence[str],
) -> list[Session]:
    """Some hours of the next days; the experts one can log in as have the most."""
    wanted = 4 if expert.log_in else 1 if place % 3 == 0 else 0
    slots = [
        slot for slot in _packed(expert, zone, now, COMING_DAYS, dice)
        if slot[0] > now + timedelta(hours=28)
    ]
    chosen = sorted(dice.sample(slots, min(wanted, len(slots))))
    return [
        Session(
            start, minutes, service, (place + number) % 2 if number < 2 else place + number,
            "asked" if expert.services[service].needs_acceptance else "coming", dice.choice(notes),
        )
        for number, (start, minutes, service) in enumerate(chosen)
    ]


def _packed(
    expert: SeedExpert, zone: str, first: datetime, days: int, dice: random.Random
) -> list[tuple[datetime, int, int]]:
    """Sessions that would fill the expert's week: (start, minutes, which service), no overlap."""
    found: list[tuple[datetime, int, int]] = []
    begin = first.astimezone(ZoneInfo(zone)).date()
    for number in range(days):
        day = begin + timedelta(days=number)
        for hours in expert.week:
            if hours.weekday == day.weekday():
                found += [
                    (_instant(day, start, zone), minutes, service)
                    for start, minutes, service in _filled(hours, expert.services, dice)
                ]
    return [slot for slot in found if slot[0] >= first]


def _filled(
    hours: Block, services: Sequence[SeedService], dice: random.Random
) -> Iterator[tuple[int, int, int]]:
    at = hours.start
    while True:
        fitting = [n for n, one in enumerate(services) if at + one.minutes <= hours.end]
        if not fitting:
            return
        chosen = dice.choice(fitting)
        yield at, services[chosen].minutes, chosen
        at += -(-(services[chosen].minutes + _PAUSE) // 15) * 15


def _instant(day: date, minute: int, zone: str) -> datetime:
    hour, rest = divmod(minute, 60)
    return datetime.combine(day, time(hour, rest), ZoneInfo(zone))


def _voices(
    seed: Seed, expert: SeedExpert, roots: Mapping[str, str], dice: random.Random,
    uses: Counter[str],
) -> list[Voice]:
    """As many voices as the expert has reviews; the newest have words, the others mostly not."""
    texts = _texts(seed.reviews, expert, roots, uses)
    wanted = min(len(texts), max(3, expert.reviews // _WORDED), expert.reviews)
    worded: list[Voice] = []
    for review in texts[:wanted]:
        uses[review.text] += 1
        topic = review.topic if review.topic in expert.topics else expert.topics[0]
        worded.append(Voice(review.stars, review.text, review.reply, topic))
    dice.shuffle(worded)
    silent = [
        Voice(dice.choice(_STARS), topic=expert.topics[0])
        for _ in range(expert.reviews - len(worded))
    ]
    return [*silent, *worded]


def _texts(
    pool: Sequence[SeedReview], expert: SeedExpert, roots: Mapping[str, str], uses: Counter[str]
) -> list[SeedReview]:
    """What fits the expert: own topics before the whole field, little used before much used."""
    fields = {roots[topic] for topic in expert.topics[:1]}
    fitting = [
        review for review in pool
        if uses[review.text] < _MOST_USES
        and (review.topic in expert.topics or review.topic in fields)
    ]
    return sorted(fitting, key=lambda review: (uses[review.text], review.topic in fields))
