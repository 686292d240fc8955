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
_WORDED = 5  # about every so many reviews has words
_SHOWN_FIRST = 3  # the pool's first texts are the newest, so that the home page shows them
_QUIET_DAYS = 5


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
    if expert.applies_with:
        return History((), ())
    dice = random.Random(expert.slug)  # noqa: S311 - the same demo every time, not a secret
    notes = seed.questions.get(roots.get(expert.topics[0], ""), ("",))
    first = _first_voice(seed, expert, uses)
    past = _past(expert, zone, now, dice, len(seed.clients), newest_is_heard=first is not None)
    coming = _coming(expert, place, zone, now, dice, notes)
    heard = sum(session.kind == "reviewed" for session in past)
    return History([*past, *coming], _voices(seed, expert, roots, dice, uses, first, heard))


def _first_voice(seed: Seed, expert: SeedExpert, uses: Counter[str]) -> SeedReview | None:
    """One of the pool's first, which the home page shows, for the first expert of its topic."""
    for review in seed.reviews[:_SHOWN_FIRST]:
        if review.topic == expert.topics[0] and not uses[review.text]:
            return review
    return None


def _past(
    expert: SeedExpert,
    zone: str,
    now: datetime,
    dice: random.Random,
    clients: int,
    *,
    newest_is_heard: bool,
) -> list[Session]:
    """Sessions of the last months. Of the last days only a first voice's one has a review."""
    begin = now - timedelta(days=PAST_DAYS)
    slots = [
        slot
        for slot in _packed(expert, zone, begin, PAST_DAYS, dice)
        if slot[0] + timedelta(minutes=slot[1]) < now - timedelta(hours=6)
    ]
    quiet = now - timedelta(days=_QUIET_DAYS)
    old, fresh = [s for s in slots if s[0] < quiet], [s for s in slots if s[0] >= quiet]
    heard = dice.sample(old, min(expert.reviews, len(old)))
    if newest_is_heard and fresh:
        heard = [*heard[1:], fresh.pop()]
    rest = [slot for slot in old if slot not in heard]
    others = dice.sample(rest, min(len(rest), 1 + expert.reviews // 8))
    others += dice.sample(fresh, min(len(fresh), 1 + expert.reviews // 20))
    made = [(slot, "reviewed") for slot in heard]
    made += [(slot, _what_became(dice)) for slot in sorted(others)]
    return [
        Session(start, minutes, service, dice.randrange(clients), kind)
        for (start, minutes, service), kind in sorted(made)
    ]


def _what_became(dice: random.Random) -> str:
    return dice.choice((*("plain",) * 8, "cancelled", "cancelled", "no_show"))


def _coming(
    expert: SeedExpert,
    place: int,
    zone: str,
    now: datetime,
    dice: random.Random,
    notes: Sequence[str],
) -> list[Session]:
    """Some hours of the next days; the experts one can log in as have the most.

    Whoever accepts each booking always has a request that waits, whatever day it is.
    """
    asked = [n for n, one in enumerate(expert.services) if one.needs_acceptance]
    wanted = 4 if expert.log_in else 1 if asked or place % 3 == 0 else 0
    slots = [
        slot
        for slot in _packed(expert, zone, now, COMING_DAYS, dice)
        if slot[0] > now + timedelta(hours=28)
    ]
    chosen = sorted(dice.sample(slots, min(wanted, len(slots))))
    if asked and chosen and not any(service in asked for _, _, service in chosen):
        chosen = _with_request(expert, asked[0], slots, chosen)
    return [
        Session(
            start,
            minutes,
            service,
            _client(expert, place, number),
            "asked" if expert.services[service].needs_acceptance else "coming",
            dice.choice(notes),
        )
        for number, (start, minutes, service) in enumerate(chosen)
    ]


def _with_request(
    expert: SeedExpert,
    service: int,
    slots: Sequence[tuple[datetime, int, int]],
    chosen: Sequence[tuple[datetime, int, int]],
) -> list[tuple[datetime, int, int]]:
    """One of the chosen hours given to a service that the expert accepts; it must fit the slot."""
    minutes = expert.services[service].minutes
    fitting = [slot for slot in slots if slot[1] >= minutes]
    if not fitting:
        return list(chosen)
    last = next((slot for slot in reversed(chosen) if slot in fitting), fitting[0])
    kept = [slot for slot in chosen if slot != last][: len(chosen) - 1]
    return sorted([*kept, (last[0], minutes, service)])


def _client(expert: SeedExpert, place: int, number: int) -> int:
    """The two clients one can log in as see the experts one can log in as, the others the rest."""
    return (place + number) % 2 if expert.log_in and number < 2 else 2 + place + number


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
        fitting = [
            n
            for n, one in enumerate(services)
            if at + one.minutes <= hours.end and one.mode == (hours.mode or "video")
        ]
        if not fitting:
            return
        chosen = dice.choice(fitting)
        yield at, services[chosen].minutes, chosen
        at += -(-(services[chosen].minutes + _PAUSE) // 15) * 15


def _instant(day: date, minute: int, zone: str) -> datetime:
    hour, rest = divmod(minute, 60)
    return datetime.combine(day, time(hour, rest), ZoneInfo(zone))


def _voices(
    seed: Seed,
    expert: SeedExpert,
    roots: Mapping[str, str],
    dice: random.Random,
    uses: Counter[str],
    first: SeedReview | None,
    heard: int,
) -> list[Voice]:
    """One for each reviewed session, oldest first; the newest have words, the others mostly not."""
    texts = _texts(seed.reviews, expert, roots, uses)
    chosen = texts[: min(max(3, heard // _WORDED), heard)]
    if first is not None:
        chosen = [review for review in chosen if review is not first][: heard - 1]
    dice.shuffle(chosen)
    worded = [_said(review, expert, uses) for review in [*chosen, *([first] if first else [])]]
    own = expert.topics[0]
    silent = [Voice(dice.choice(_STARS), topic=own) for _ in range(heard - len(worded))]
    return [*silent, *worded]


def _said(review: SeedReview, expert: SeedExpert, uses: Counter[str]) -> Voice:
    uses[review.text] += 1
    topic = review.topic if review.topic in expert.topics else expert.topics[0]
    return Voice(review.stars, review.text, review.reply, topic)


def _texts(
    pool: Sequence[SeedReview], expert: SeedExpert, roots: Mapping[str, str], uses: Counter[str]
) -> list[SeedReview]:
    """What fits the expert: own topics before the whole field, little used before much used."""
    fields = {roots[topic] for topic in expert.topics[:1]}
    fitting = [
        review
        for place, review in enumerate(pool)
        if place >= _SHOWN_FIRST
        and uses[review.text] < _MOST_USES
        and (review.topic in expert.topics or review.topic in fields)
    ]
    return sorted(fitting, key=lambda review: (uses[review.text], review.topic in fields))
