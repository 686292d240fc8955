"""The many: clients by COPY, experts through their room's door."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from psycopg import sql

from cilis.cli.bulk.dice import Dice
from cilis.cli.bulk.tables import NULL, Copier, escaped
from cilis.domains import experts, identity, scheduling, tenants
from cilis.infra import provisioning
from cilis.infra.db import reading, transaction
from cilis.kit import text

PASSWORD = "load-test-password"  # noqa: S105 - of invented people in a measurement
_DOMAIN = "load.example"
_COLUMNS = (
    "id", "email", "email_key", "name", "sort_key", "password_hash", "roles", "language",
    "time_zone", "email_verified_at", "status", "created_at", "words",
)  # fmt: skip
_FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Weber", "Klein", "Braun")
_MIDDLE = ("Thị", "Văn", "Minh", "Thu", "Ngọc", "Quang", "Anna", "Maria", "Jonas", "Lena")
_GIVEN = ("An", "Bình", "Châu", "Dũng", "Hà", "Khang", "Lan", "Mai", "Phúc", "Vy", "Emil", "Ida")
_WORK_DAYS = 5
_OPENS, _CLOSES = 8 * 60, 18 * 60
SERVICES = ((30, 300_000), (60, 550_000))
"""(minutes, price in VND); other currencies get a price of their own size."""


@dataclass(frozen=True, slots=True)
class SeededExpert:
    """What bookings need to know of an expert."""

    id: UUID
    person_id: UUID
    terms: Sequence[experts.ServiceTerms]


def email(kind: str, number: int) -> str:
    """The address of an invented person: "client-000017@load.example"."""
    return f"{kind}-{number:06}@{_DOMAIN}"


def name(dice: Dice) -> str:
    """Somebody's name."""
    return f"{dice.choice(_FAMILY)} {dice.choice(_MIDDLE)} {dice.choice(_GIVEN)}"


def copy_clients(
    copier: Copier, count: int, house: tenants.Organization, *, secret: str, now: datetime
) -> list[str]:
    """Write this many clients, who came over two years; returns their ids."""
    lines = copier.open("people", _COLUMNS)
    dice = Dice("clients")
    found: list[str] = []
    hidden = escaped(secret)
    for number in range(count):
        joined = now - timedelta(minutes=dice.randrange(1, 2 * 365 * 24 * 60))
        who, called, address = dice.id(joined), name(dice), email("client", number)
        at = joined.isoformat()
        key = escaped(text.sort_key(called, house.default_language))
        lines.append(
            f"{who}\t{address}\t{address}\t{called}\t{key}\t{hidden}\t{{client}}\t"
            f"{house.default_language}\t{house.time_zone}\t{at}\tactive\t{at}\t"
            f"{escaped(identity.search_words(called, address))}"
        )
        found.append(who)
        copier.flush()
    copier.flush(everything=True)
    return found


def add_experts(
    count: int, house: tenants.Organization, secret: str, told: Callable[[int], None]
) -> list[SeededExpert]:
    """Write experts with two services and hours from Monday to Friday, through the doors."""
    dice = Dice("experts")
    with reading() as session:
        leaves = [
            topic.slug
            for top in experts.topics(session)
            for topic in top.walk()
            if not topic.children
        ]
    made: list[SeededExpert] = []
    rules = [scheduling.WeeklyRule(day, _OPENS, _CLOSES) for day in range(_WORK_DAYS)]
    for number in range(count):
        called = name(dice)
        with transaction() as session:
            person_id = identity.import_person(
                session, email=email("expert", number), name=called, roles=["expert"],
                password_hash=secret,
            )  # fmt: skip
            wish = _expert(person_id, called, number, leaves, house, dice)
            expert_id = experts.import_expert(session, wish)
            scheduling.import_hours(session, expert_id, rules, step_minutes=30)
            terms = experts.services_of(session, [expert_id])[expert_id]
        made.append(SeededExpert(expert_id, person_id, terms))
        told(number + 1)
    return made


def _expert(
    person_id: UUID,
    called: str,
    number: int,
    leaves: Sequence[str],
    house: tenants.Organization,
    dice: Dice,
) -> experts.ExpertImport:
    factor = 1 if house.currency == "VND" else 0.03
    return experts.ExpertImport(
        person_id=person_id, name=called, slug=f"load-{number:05}", languages=house.languages,
        country=house.country, time_zone=house.time_zone,
        topics=dice.sample(leaves, min(2, len(leaves))),
        headline=dict.fromkeys(house.languages, f"Advice no. {number}"),
        services=[
            experts.ServiceWish(
                names=dict.fromkeys(house.languages, f"{minutes} min"),
                minutes=minutes,
                price_minor=int(price * factor) + dice.randrange(0, 10) * int(10_000 * factor),
                notice_minutes=60,
                window_days=90,
            )
            for minutes, price in SERVICES
        ],
    )  # fmt: skip


def is_seeded() -> bool:
    """Whether the current organization already has invented people."""
    with reading() as session:
        return identity.person_by_email(session, email("client", 0)) is not None


def real_rows(schema: str) -> tuple[int, int]:
    """How many people and bookings a schema has that no seed invented; its staff is not counted."""
    with provisioning.owner() as connection:
        connection.execute(sql.SQL("SET search_path TO {}, ext").format(sql.Identifier(schema)))
        row = connection.execute(
            "SELECT (SELECT count(*) FROM people WHERE email_key NOT LIKE %(invented)s"
            " AND NOT roles && ARRAY['admin', 'support']),"
            " (SELECT count(*) FROM bookings WHERE client_id IS NULL OR client_id NOT IN"
            " (SELECT id FROM people WHERE email_key LIKE %(invented)s))",
            {"invented": f"%@{_DOMAIN}"},
        ).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


__all__ = [
    "NULL", "PASSWORD", "SeededExpert", "add_experts", "copy_clients", "email", "is_seeded",
    "real_rows",
]  # fmt: skip
