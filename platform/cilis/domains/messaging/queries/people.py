"""Who the people at the other ends are, and whether they are here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import experts, identity
from cilis.domains.messaging.types import Conversation, Other
from cilis.infra import presence
from cilis.infra.db import reading
from cilis.infra.presence import Presence


def others_of(session: Session, found: Sequence[Conversation]) -> dict[UUID, Other]:
    """The people at the other ends, by conversation: an expert by the card, a client by name.

    Two queries, however many there are.
    """
    cards = experts.cards(session, {each.expert_id for each in found if each.is_clients})
    people = identity.people(session, {each.other_id for each in found})
    others: dict[UUID, Other] = {}
    for each in found:
        card = cards.get(each.expert_id)
        person = people.get(each.other_id)
        if card is not None:
            slug = card.slug if card.listed else ""
            others[each.id] = Other(each.other_id, card.title, card.picture_key, slug)
        else:
            name = person.name if person else ""
            key = person.picture_key if person else None
            others[each.id] = Other(each.other_id, name, key, "")
    return others


def presences(person_ids: Collection[UUID]) -> dict[UUID, Presence]:
    """Who of these people is here, and else when they last were; to be asked outside of others.

    Redis knows best and may know nothing; then the last use of a session counts, to about ten
    minutes.
    """
    found = presence.of(person_ids)
    unknown = [who for who, what in found.items() if not what.online and what.seen_at is None]
    if unknown:
        with reading() as session:
            seen = identity.last_seen(session, unknown)
        found |= {who: Presence(online=False, seen_at=seen.get(who)) for who in unknown}
    return found
