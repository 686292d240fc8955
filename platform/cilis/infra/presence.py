"""Who has a page open right now: kept in Redis by the socket processes, lost without harm.

Each process notes its own people with an end, so that a process that was killed is forgotten by
itself. Without Redis nobody is known to be here, and that is what pages then say.
"""

from __future__ import annotations

import contextlib
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from cilis.infra.redis import Gone, asking, tenant_key
from cilis.infra.tenancy import Tenant
from cilis.kit import clock

BEAT = 15
"""Seconds after which a process says again who is here."""
FORGOTTEN_AFTER = 40
SEEN_FOR = 60 * 60 * 24 * 60


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether somebody is here, and else when they left if that is still known."""

    online: bool = False
    seen_at: datetime | None = None


def came(person_ids: Iterable[UUID], process: str) -> None:
    """These people have a page open in this socket process; to be said again each `BEAT`."""
    until = time.time() + FORGOTTEN_AFTER
    with contextlib.suppress(Gone), asking() as redis:
        batch = redis.pipeline(transaction=False)
        for person_id in person_ids:
            key = tenant_key("online", str(person_id))
            batch.zadd(key, {process: until})
            batch.expire(key, FORGOTTEN_AFTER)
        batch.execute()


def left(person_id: UUID, process: str) -> None:
    """This person closed the last page in this socket process."""
    with contextlib.suppress(Gone), asking() as redis:
        batch = redis.pipeline(transaction=False)
        batch.zrem(tenant_key("online", str(person_id)), process)
        batch.set(tenant_key("seen", str(person_id)), clock.now().timestamp(), ex=SEEN_FOR)
        batch.execute()


def of(person_ids: Iterable[UUID]) -> dict[UUID, Presence]:
    """Who of these people is here; everybody is in the answer."""
    asked = list(person_ids)
    now = time.time()
    answers: list[object] = []
    with contextlib.suppress(Gone), asking() as redis:
        batch = redis.pipeline(transaction=False)
        for person_id in asked:
            batch.zcount(tenant_key("online", str(person_id)), now, "+inf")
            batch.get(tenant_key("seen", str(person_id)))
        answers = batch.execute() if asked else []
    if not answers:
        return dict.fromkeys(asked, Presence())
    pairs = zip(answers[::2], answers[1::2], strict=True)
    return {
        person_id: Presence(bool(count), _instant(seen))
        for person_id, (count, seen) in zip(asked, pairs, strict=True)
    }


def _instant(raw: object) -> datetime | None:
    with contextlib.suppress(ValueError):
        if isinstance(raw, bytes):
            return datetime.fromtimestamp(float(raw), UTC)
    return None


@dataclass(slots=True)
class Guest:
    """One open page: whose, by which session, and with which roles it came."""

    tenant: Tenant
    person_id: UUID | None
    session_id: UUID | None
    typed_at: float = 0.0
    roles: frozenset[str] = frozenset()


class Guestbook:
    """The open pages of one socket process, by the connection's name."""

    def __init__(self) -> None:
        self._guests: dict[str, Guest] = {}
        self._pages: dict[tuple[str, UUID], set[str]] = {}

    def enter(self, connection: str, guest: Guest) -> bool:
        """Note a page; whether it is its person's first one here."""
        self._guests[connection] = guest
        if guest.person_id is None:
            return False
        pages = self._pages.setdefault((guest.tenant.id, guest.person_id), set())
        pages.add(connection)
        return len(pages) == 1

    def leave(self, connection: str) -> Guest | None:
        """Forget a page; whose it was."""
        guest = self._guests.pop(connection, None)
        if guest is not None and guest.person_id is not None:
            key = (guest.tenant.id, guest.person_id)
            pages = self._pages.get(key, set())
            pages.discard(connection)
            if not pages:
                self._pages.pop(key, None)
        return guest

    def guest(self, connection: str) -> Guest | None:
        """Whose page this is."""
        return self._guests.get(connection)

    def is_here(self, tenant: Tenant, person_id: UUID) -> bool:
        """Whether a person has a page open in this process."""
        return (tenant.id, person_id) in self._pages

    def by_tenant(self) -> Iterator[tuple[Tenant, dict[str, Guest]]]:
        """All open pages, organization by organization."""
        found: dict[str, dict[str, Guest]] = defaultdict(dict)
        for connection, guest in list(self._guests.items()):
            found[guest.tenant.id][connection] = guest
        for pages in found.values():
            yield next(iter(pages.values())).tenant, pages
