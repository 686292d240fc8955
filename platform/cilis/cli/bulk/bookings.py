"""Two years of bookings and a month of coming ones, with their money, history and reviews."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cilis.cli.bulk.dice import Dice, reference
from cilis.cli.bulk.people import SeededExpert
from cilis.cli.bulk.tables import NULL, Copier, escaped
from cilis.domains import bookings, experts, tenants

PAST_DAYS, COMING_DAYS = 730, 30
_DAY = range(8, 18)  # o'clock, Monday to Friday
_COMING_SHARE = 0.03
_FULLEST = 0.4  # of the coming hours, so that something stays free
_STATES = ("completed",) * 86 + ("cancelled",) * 8 + ("no_show",) * 3 + ("expired",) * 3
_COMING_STATES = ("confirmed",) * 95 + ("cancelled",) * 5
_STARS = (5,) * 14 + (4,) * 4 + (3,) * 2
_REVIEWED = 0.3
_LIVE = {"completed", "confirmed", "no_show"}
_ENDINGS = {"completed": "over", "cancelled": "cancelled", "no_show": "no_show"}
_COLUMNS = {
    "bookings": (
        "id", "reference", "claim_id", "service_id", "expert_id", "expert_person_id", "client_id",
        "starts_at", "ends_at", "state", "price_minor", "currency", "service_name",
        "needs_acceptance", "notice_minutes", "policy", "attempt_id", "paid_attempt_id",
        "refund_minor", "sequence", "created_at", "decided_at", "missed_by",
    ),
    "claims": ("id", "expert_id", "during", "starts_at", "live", "holder_id"),
    "booking_changes": (
        "id", "booking_id", "at", "actor", "from_state", "to_state", "what", "detail",
    ),
    "attempts": (
        "id", "subject_id", "payer_id", "payee_id", "provider", "amount_minor", "currency",
        "description", "state", "reason", "created_at", "expires_at", "settled_at",
        "provider_reference", "provider_data", "asked_step",
    ),
    "payment_changes": (
        "id", "attempt_id", "at", "from_state", "to_state", "cause", "evidence",
    ),
    "refunds": (
        "id", "attempt_id", "key", "amount_minor", "currency", "reason", "asked_at",
        "settled_at", "state", "refusal", "provider_reference", "asked_step", "times_sent",
    ),
    "reviews": (
        "id", "booking_id", "expert_id", "client_id", "stars", "marks", "text", "author_label",
        "reply", "created_at",
    ),
}  # fmt: skip


class TooMany(ValueError):
    """The experts' hours do not hold so many bookings."""


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of the calendar that somebody may book; the same for every expert."""

    starts_at: datetime
    written: str


@dataclass(frozen=True, slots=True)
class Scene:
    """What all bookings share."""

    house: tenants.Organization
    provider: str
    clients: Sequence[str]
    policy: str
    now: datetime


def scene_of(
    house: tenants.Organization, provider: str, clients: Sequence[str], now: datetime
) -> Scene:
    """The scene of an organization today."""
    policy = escaped(json.dumps(bookings.frozen_policy(house)))
    return Scene(house, provider, clients, policy, now)


def capacity() -> int:
    """How many bookings one expert holds."""
    return int(PAST_DAYS * 5 / 7 * len(_DAY) * 0.95)


def copy_bookings(
    copier: Copier,
    scene: Scene,
    people: Sequence[SeededExpert],
    count: int,
    told: Callable[[int], None],
) -> None:
    """Write this many bookings, spread over the experts.

    Raises:
        TooMany: the experts' hours do not hold them.
    """
    if count > capacity() * len(people):
        raise TooMany(f"{count} bookings need {count // capacity() + 1} experts")
    lines = {table: copier.open(table, columns) for table, columns in _COLUMNS.items()}
    past, coming = _hours(scene)
    done = 0
    for place, expert in enumerate(people):
        share = count // len(people) + (place < count % len(people))
        dice = Dice(f"bookings of {place}")
        ahead = min(int(share * _COMING_SHARE), int(len(coming) * _FULLEST))
        for hour, states in _chosen(dice, (past, share - ahead), (coming, ahead)):
            _one(lines, scene, expert, hour, dice.choice(states), dice, done)
            done += 1
        copier.flush()
        told(done)
    copier.flush(everything=True)


def _chosen(
    dice: Dice, past: tuple[Sequence[Hour], int], coming: tuple[Sequence[Hour], int]
) -> Iterator[tuple[Hour, Sequence[str]]]:
    for (hours, count), states in ((past, _STATES), (coming, _COMING_STATES)):
        for place in sorted(dice.sample(range(len(hours)), count)):
            yield hours[place], states


def _hours(scene: Scene) -> tuple[list[Hour], list[Hour]]:
    """Every working hour before and after today."""
    zone = ZoneInfo(scene.house.time_zone)
    today = scene.now.astimezone(zone).date()
    found: tuple[list[Hour], list[Hour]] = ([], [])
    for number in range(-PAST_DAYS, COMING_DAYS):
        day = today + timedelta(days=number)
        if number in {0, 1} or day.weekday() > 4:  # today and tomorrow stay free
            continue
        for clock in _DAY:
            at = datetime.combine(day, time(clock), zone).astimezone(UTC)
            found[number > 0].append(Hour(at, at.isoformat()))
    return found


def _one(
    lines: dict[str, list[str]],
    scene: Scene,
    expert: SeededExpert,
    hour: Hour,
    state: str,
    dice: Dice,
    number: int,
) -> None:
    """One booking with everything that hangs on it."""
    terms = dice.choice(expert.terms)
    made = min(hour.starts_at - timedelta(minutes=dice.randrange(600, 20_000)), scene.now)
    made_at, paid_at = made.isoformat(), (made + timedelta(minutes=2)).isoformat()
    ends_at = (hour.starts_at + terms.length).isoformat()
    key, claim, client = dice.id(made), dice.id(made), dice.choice(scene.clients)
    is_paid = state != "expired"
    attempt = dice.id(made) if is_paid else NULL
    price, currency = terms.price.minor, terms.price.currency
    back = str(price) if state == "cancelled" else NULL
    code = reference(number)
    lines["bookings"].append(
        f"{key}\t{code}\t{claim}\t{terms.id}\t{expert.id}\t{expert.person_id}\t{client}\t"
        f"{hour.written}\t{ends_at}\t{state}\t{price}\t{currency}\t{_name(terms)}\tf\t60\t"
        f"{scene.policy}\t{attempt}\t{attempt}\t{back}\t0\t{made_at}\t"
        f"{paid_at if is_paid else NULL}\t{'client' if state == 'no_show' else NULL}"
    )
    live = "t" if state in _LIVE else "f"
    lines["claims"].append(
        f"{claim}\t{expert.id}\t[{hour.written},{ends_at})\t{hour.written}\t{live}\t{key}"
    )
    _history(
        lines["booking_changes"], dice, (key, client), (made, made_at, paid_at, ends_at), state
    )
    if is_paid:
        _money(
            lines, scene, (attempt, key, client, str(expert.person_id)), (made, code), price, dice
        )
    if back is not NULL:
        lines["refunds"].append(
            f"{dice.id(made)}\t{attempt}\tcancelled\t{price}\t{currency}\tcancelled\t{paid_at}\t"
            f"{paid_at}\tdone\t\t{code}R\t-1\t1"
        )
    if state == "completed" and dice.random() < _REVIEWED:
        said = (hour.starts_at + timedelta(hours=5)).isoformat()
        lines["reviews"].append(
            f"{dice.id(hour.starts_at)}\t{key}\t{expert.id}\t{client}\t{dice.choice(_STARS)}\t{{}}\t"
            f"Clear and to the point.\tA. B.\t\t{said}"
        )


def _history(
    lines: list[str],
    dice: Dice,
    who: tuple[str, str],
    when: tuple[datetime, str, str, str],
    state: str,
) -> None:
    key, client = who
    made, made_at, paid_at, ends_at = when
    lines.append(f"{dice.id(made)}\t{key}\t{made_at}\t{client}\t{NULL}\theld\theld\t{{}}")
    if state == "expired":
        lines.append(f"{dice.id(made)}\t{key}\t{paid_at}\t{NULL}\theld\texpired\tlapsed\t{{}}")
        return
    lines.append(f"{dice.id(made)}\t{key}\t{paid_at}\t{NULL}\theld\tconfirmed\tpaid\t{{}}")
    ending = _ENDINGS.get(state)
    if ending is not None:
        at = paid_at if state == "cancelled" else ends_at
        lines.append(f"{dice.id(made)}\t{key}\t{at}\t{NULL}\tconfirmed\t{state}\t{ending}\t{{}}")


def _money(
    lines: dict[str, list[str]],
    scene: Scene,
    ids: tuple[str, str, str, str],
    made: tuple[datetime, str],
    price: int,
    dice: Dice,
) -> None:
    attempt, booking, client, payee = ids
    at, code = made
    made_at, paid_at = at.isoformat(), (at + timedelta(minutes=2)).isoformat()
    over = (at + timedelta(minutes=10)).isoformat()
    lines["attempts"].append(
        f"{attempt}\t{booking}\t{client}\t{payee}\t{scene.provider}\t{price}\t"
        f"{scene.house.currency}\t{code}\tcaptured\t\t{made_at}\t{over}\t{paid_at}\t{code}\t{{}}\t-1"
    )
    lines["payment_changes"].append(
        f"{dice.id(at)}\t{attempt}\t{paid_at}\tsent\tcaptured\timported\t{{}}"
    )


def _name(terms: experts.ServiceTerms) -> str:
    return escaped(json.dumps(dict(terms.name), ensure_ascii=False))
