"""The book of deeds as sentences: who did what to whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import experts, identity
from cilis.infra import audit
from cilis.infra.i18n import gettext
from cilis.web.views.deed_details import details
from cilis.web.views.deed_words import DEEDS, ROOMS, Words

_ADDRESSES: Mapping[str, str] = {
    "booking": "/admin/bookings/{}",
    "payment": "/admin/payments/{}",
    "batch": "/admin/payouts/batches/{}",
    "person": "/admin/people/{}",
}


@dataclass(frozen=True, slots=True)
class Deed:
    """One line: ``who`` did ``what``; ``whom`` names the thing where it has a name."""

    id: UUID
    at: datetime
    action: str
    icon: str
    tone: str
    who: str
    who_id: UUID | None
    what: str
    whom: str
    address: str
    subject_id: UUID | None
    detail: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Names:
    """Names and addresses of the people and experts that some lines speak of."""

    names: Mapping[UUID, str]
    addresses: Mapping[UUID, str]


def deeds(session: Session, lines: Sequence[audit.Line]) -> list[Deed]:
    """Lines of the book in words; two queries for the names, however many lines."""
    actors = {line.actor_id for line in lines if line.actor_id is not None}
    people = identity.people(session, actors | _subjects(lines, "person"))
    cards = experts.cards(session, _subjects(lines, "expert"))
    known = _Names(
        {one: person.name for one, person in people.items()}
        | {one: card.name for one, card in cards.items()},
        {one: f"/experts/{card.slug}" for one, card in cards.items()},
    )
    return [_deed(line, known) for line in lines]


def title(action: str) -> str:
    """An action in words; one that nobody has put into words yet reads "bookings: moved"."""
    if action in DEEDS:
        return gettext(DEEDS[action].words)
    room, _, deed = action.partition(".")
    return f"{room}: {deed.replace('_', ' ')}"


def actions() -> list[tuple[str, list[tuple[str, str]]]]:
    """All actions that are known, by the room they happen in: (room, [(action, words)])."""
    rooms: dict[str, list[tuple[str, str]]] = {}
    for action in DEEDS:
        rooms.setdefault(action.partition(".")[0], []).append((action, title(action)))
    return [
        (gettext(ROOMS[room]), sorted(found, key=lambda one: one[1]))
        for room, found in sorted(rooms.items())
    ]


def _words(action: str) -> Words:
    return DEEDS.get(action) or Words(action)


def _subjects(lines: Sequence[audit.Line], kind: str) -> set[UUID]:
    return {
        line.subject_id
        for line in lines
        if line.subject_id is not None and _words(line.action).kind == kind
    }


def _deed(line: audit.Line, known: _Names) -> Deed:
    words = _words(line.action)
    who = _who(line, known)
    subject = line.subject_id if line.subject_id != line.actor_id else None
    if subject and known.names.get(subject) == who:
        subject = None  # an expert's own profile: the same person under another id
    return Deed(
        id=line.id,
        at=line.at,
        action=line.action,
        icon=words.icon,
        tone=words.tone,
        who=who,
        who_id=line.actor_id if line.actor_id in known.names else None,
        what=title(line.action),
        whom=known.names.get(subject, "") if subject else "",
        address=_address(subject, words.kind, known) if subject else "",
        subject_id=line.subject_id,
        detail=list(details(line.detail)),
    )


def _who(line: audit.Line, known: _Names) -> str:
    if line.actor_id is None:
        return gettext("The system")
    return known.names.get(line.actor_id) or gettext("Somebody who is no longer here")


def _address(subject: UUID, kind: str, known: _Names) -> str:
    if kind in _ADDRESSES:
        return _ADDRESSES[kind].format(subject)
    return known.addresses.get(subject, "")
