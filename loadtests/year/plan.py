"""Which bookings the year has: when, with whom, how they are paid, and what becomes of each."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

DAYS = 365
FIRST_HOUR, PER_DAY = 7, 16
FATES = {
    "kept": 62, "cancelled_early": 7, "cancelled_late": 7, "cancelled_too_late": 4,
    "expert_cancels": 3, "client_missed": 3, "expert_missed": 2, "disputed": 3, "graced": 4,
    "contested": 2, "given_up": 2, "paid_twice": 1,
}  # fmt: skip
WAYS = {"gateway": 68, "SHARED": 7, "ALONE": 7, "balance": 10, "package": 8}


@dataclass(frozen=True)
class Plan:
    """One booking to be; ``day`` is the session's, ``book_day`` the one on which it is booked."""

    number: int
    expert: int
    client: int
    book_day: int
    day: int
    hour: int
    way: str
    fate: str


IMPORTED = "imported"


def experts_for(bookings: int) -> int:
    """How many experts it takes, none of them busier than half of the time."""
    return max(3, -(-bookings * 2 // (DAYS * PER_DAY)))


def plans(bookings: int, clients: int, seed: int, imported: int = 0) -> Iterator[Plan]:
    """The bookings of the year, spread over its days; ``imported`` percent arrive complete.

    Few bookings come on few days, a fortnight apart, so that the year is as long with fewer.
    """
    chance = random.Random(seed)
    experts = experts_for(bookings)
    used = min(DAYS - 8, max(26, bookings // 10))
    per_expert = -(-bookings // experts)
    for number in range(bookings):
        expert, place = number % experts, number // experts
        # in order of time, and no two of an expert at one hour
        slot = place * used * PER_DAY // per_expert
        day = 4 + slot // PER_DAY * (DAYS - 8) // used
        way, fate = _pick(chance, WAYS), _pick(chance, FATES)
        if fate == "contested":
            way = "gateway"  # only what a bank has taken can it take back
        yield Plan(
            number=number,
            expert=expert,
            client=chance.randrange(clients),
            book_day=day - (2 if used < DAYS - 8 else chance.randint(2, 4)),
            day=day,
            hour=FIRST_HOUR + slot % PER_DAY,
            way=IMPORTED if chance.randrange(100) < imported else way,
            fate=fate,
        )


def _pick(chance: random.Random, weights: dict[str, int]) -> str:
    return chance.choices(list(weights), list(weights.values()))[0]
