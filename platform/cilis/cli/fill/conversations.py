"""What clients and experts of the demo have written to each other."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from cilis.domains import experts, identity, messaging, tenants
from cilis.domains.experts import ExpertCard
from cilis.domains.messaging import PastMessage
from cilis.infra.db import transaction
from cilis.kit import clock


@dataclass(frozen=True, slots=True)
class Talk:
    """One conversation of a pack: who, how much of its end is unread, and its lines."""

    client: str
    expert: str
    lines: tuple[tuple[str, str, str], ...]
    unread: int = 0


def read_talks(pack: Path) -> list[Talk]:
    """The conversations in ``<pack>/seed``; a pack may have none."""
    path = pack / "seed" / "conversations.toml"
    if not path.exists():
        return []
    with path.open("rb") as source:
        rows: list[dict[str, Any]] = tomllib.load(source)["conversations"]
    return [
        Talk(
            row["client"],
            row["expert"],
            tuple((str(by), str(at), str(text)) for by, at, text in row["lines"]),
            row.get("unread", 0),
        )
        for row in rows
    ]


def put_talks(pack: Path) -> None:
    """Write a pack's conversations between those of its people who are there."""
    now = clock.now()
    with transaction() as session:
        zone = tenants.organization(session).time_zone
        cards = _cards(session)
        for talk in read_talks(pack):
            if talk.expert in cards:
                _put(session, talk, cards[talk.expert], now, zone)


def _cards(session: Session) -> dict[str, ExpertCard]:
    """Every expert's card, by slug."""
    found: dict[str, ExpertCard] = {}
    after = None
    while page := experts.ids_page(session, after, 200):
        found |= {card.slug: card for card in experts.cards(session, page).values()}
        after = page[-1]
    return found


def instant(written: str, now: datetime, zone: str) -> datetime:
    """``"-2 20:49"`` or ``"ago 25"`` as an instant that is not in the future."""
    day, _, rest = written.partition(" ")
    if day == "ago":
        return now - timedelta(minutes=int(rest))
    here = now.astimezone(ZoneInfo(zone))
    at = datetime.combine(
        here.date() + timedelta(days=int(day)), time.fromisoformat(rest), here.tzinfo
    )
    return min(at, now)


def _put(session: Session, talk: Talk, card: ExpertCard, now: datetime, zone: str) -> None:
    client = identity.person_by_email(session, talk.client)
    if client is None:
        return
    messaging.import_conversation(
        session,
        client_id=client.id,
        expert_id=card.id,
        expert_person_id=card.person_id,
        messages=[
            PastMessage(by == "client", text, instant(at, now, zone)) for by, at, text in talk.lines
        ],
        unread=talk.unread,
    )
