"""What happened to an account, and what its person did, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import identity
from cilis.infra import audit
from cilis.infra.i18n import N_, gettext
from cilis.web.views.deed_words import DEEDS, Words

ROLES: Mapping[str, str] = {
    "client": N_("Client"), "expert": N_("Expert"), "support": N_("Support"), "admin": N_("Admin"),
}  # fmt: skip
_REASONED = frozenset(
    {"identity.roles_changed", "identity.person_suspended", "identity.person_reopened"}
)


@dataclass(frozen=True, slots=True)
class Told:
    """One line: who did what and when, and what was said about it."""

    who: str
    words: str
    icon: str
    tone: str
    at: datetime
    detail: str
    reason: str


def told(session: Session, lines: Sequence[audit.Line]) -> list[Told]:
    """Lines in words, with the names of who acted; one query."""
    names = identity.people(session, {line.actor_id for line in lines if line.actor_id})
    return [_told(line, names) for line in lines]


def role_names(roles: Iterable[str]) -> str:
    """Roles in the reader's words, those with fewer rights first."""
    held = set(roles)
    return ", ".join(gettext(words) for role, words in ROLES.items() if role in held)


def _told(line: audit.Line, names: Mapping[UUID, identity.Person]) -> Told:
    words = DEEDS.get(line.action, Words(line.action))
    who = names.get(line.actor_id) if line.actor_id else None
    reason = str(line.detail.get("reason", "")) if line.action in _REASONED else ""
    return Told(
        who.name if who else gettext("Nobody signed in"),
        gettext(words.words),
        words.icon,
        words.tone,
        line.at,
        _detail(line),
        reason,
    )


def _detail(line: audit.Line) -> str:
    if line.action == "identity.roles_changed":
        return f"{role_names(line.detail['before'])} → {role_names(line.detail['after'])}"
    if line.action == "identity.email_changed":
        return gettext("before: %(email)s", email=line.detail.get("before", ""))
    return ""
