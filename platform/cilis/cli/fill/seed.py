"""Read a pack's seed: who can log in, the experts, a pool of reviews."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Words = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person of the cast; ``label`` is what reviews show of a client."""

    name: str
    email: str
    role: str
    language: str | None = None
    label: str = ""
    log_in: bool = False
    phone: str = ""
    suspended: str = ""  # why the account is closed, if it is


@dataclass(frozen=True, slots=True)
class Block:
    """Open hours of one weekday, minutes from midnight on the expert's wall clock.

    With a ``mode`` they are kept for services that are held like that.
    """

    weekday: int
    start: int
    end: int
    mode: str = ""


@dataclass(frozen=True, slots=True)
class SeedService:
    """One service of a seed expert, as the pack writes it."""

    names: Words
    description: Words
    minutes: int
    price_minor: int
    needs_acceptance: bool = False
    notice_minutes: int = 120
    buffer_after_minutes: int = 0
    mode: str = "video"
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedExpert:
    """One expert of the demo."""

    slug: str
    name: str
    email: str
    languages: Sequence[str]
    topics: Sequence[str]
    week: Sequence[Block]
    headline: Words
    biography: Words
    services: Sequence[SeedService]
    experience: Sequence[Mapping[str, Any]] = ()
    education: Sequence[Mapping[str, Any]] = ()
    honorific: str = ""
    country: str = ""
    time_zone: str = ""
    portrait: int = 0
    log_in: bool = False
    verified_days_ago: int = 0
    proofs: Sequence[str] = ()
    reviews: int = 0
    applies_with: Sequence[str] = ()  # papers of somebody who waits to be verified
    asked: Mapping[str, Any] = field(default_factory=dict)  # what a reviewer still wants of them
    outside_calendar: str = ""  # what somebody calls the calendar connected from elsewhere


@dataclass(frozen=True, slots=True)
class SeedReview:
    """One text that an expert of this topic may have been given."""

    topic: str
    stars: int
    text: str
    reply: str = ""


@dataclass(frozen=True, slots=True)
class Seed:
    """Everything the demo adds to an organization."""

    extensions: Sequence[tuple[str, str]]
    staff: Sequence[Somebody]
    clients: Sequence[Somebody]
    experts: Sequence[SeedExpert]
    reviews: Sequence[SeedReview]
    questions: Mapping[str, Sequence[str]] = field(default_factory=dict)


def read_seed(pack: Path) -> Seed:
    """The seed in ``<pack>/seed``."""
    cast = _toml(pack, "cast")
    experts = _toml(pack, "experts")["experts"]
    reviews = _toml(pack, "reviews")["reviews"]
    return Seed(
        extensions=[_extension(name) for name in cast["extensions"]],
        staff=[Somebody(**row, log_in=True) for row in cast["staff"]],
        clients=[Somebody(role="client", **row) for row in cast["clients"]],
        experts=[_expert(row) for row in experts],
        reviews=[SeedReview(**row) for row in reviews],
        questions=cast["questions"],
    )


def block(written: str) -> Block:
    """``"tue 18:00-21:30"`` as a block; ``"thu 09:00-12:00 in_person"`` is kept for one mode."""
    day, hours, *mode = written.split()
    start, end = hours.split("-")
    return Block(_DAYS.index(day), _minutes(start), _minutes(end), *mode)


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def _extension(name: str) -> tuple[str, str]:
    kind, _, key = name.partition("/")
    return kind, key


def _expert(row: dict[str, Any]) -> SeedExpert:
    biography = {language: words.strip() for language, words in row.pop("biography").items()}
    week = [block(written) for written in row.pop("week")]
    services = [SeedService(**service) for service in row.pop("services")]
    for part in ("experience", "education"):  # TOML has no word for "until today"
        row[part] = [{"until": None, **station} for station in row[part]]
    return SeedExpert(biography=biography, week=week, services=services, **row)


def _toml(pack: Path, name: str) -> dict[str, Any]:
    with (pack / "seed" / f"{name}.toml").open("rb") as source:
        return tomllib.load(source)
