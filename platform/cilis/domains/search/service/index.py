"""Bring the room's copy into Elasticsearch: single experts after each change, or all of them.

A document is made of the copy's rows alone and carries their revision as its version, so a late
one never replaces a newer one, and a repeat changes nothing. Who is no longer listed keeps a
document that says so: only what is there can outweigh a late writing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.search.models import SearchCard, SearchOffer
from cilis.domains.search.queries.completion import named
from cilis.domains.search.queries.elasticsearch.clauses import standing_points
from cilis.domains.search.types import minute, trigrams
from cilis.domains.search.types.documents import KIND
from cilis.infra.db import reading
from cilis.infra.search import Document, TenantIndex

BATCH = 200
_WORD = re.compile(r"'([^']+)':([0-9A-D,]+)")
# Plain columns, without the rings that only PostgreSQL asks: a document is made of these.
_CARDS = sa.select(*(column for column in sa.inspect(SearchCard).columns if column.name != "free"))
_OFFERS = sa.select(
    *(column for column in sa.inspect(SearchOffer).columns if column.name != "free")
)


def bring(expert_ids: Iterable[UUID], *, index: str = "") -> int:
    """Write these experts' documents as the copy has them now; returns how many.

    Raises SearchAway; NotBuilt where no index answers yet.
    """
    target = TenantIndex(KIND, index=index)
    wanted, sent = list(expert_ids), 0
    for start in range(0, len(wanted), BATCH):
        with reading() as session:
            found = _documents(session, wanted[start : start + BATCH])
        sent += target.write(found)
    return sent


def bring_everybody(*, index: str = "", told: Callable[[int], None] = lambda _: None) -> int:
    """Write the documents of the whole copy, as it is; returns how many.

    The next batch is read while one is being written. ``told`` hears the number so far. Raises
    SearchAway, NotBuilt.
    """
    target = TenantIndex(KIND, index=index)
    sent = 0
    with ThreadPoolExecutor(1, thread_name_prefix="index-reader") as reader:
        coming = reader.submit(copy_context().run, _documents_after, None)
        while documents := coming.result():
            last = UUID(documents[-1].id)
            coming = reader.submit(copy_context().run, _documents_after, last)
            sent += target.write(documents)
            told(sent)
    return sent


def _documents_after(after: UUID | None) -> list[Document]:
    """The next batch in the order of ids."""
    wanted = sa.select(SearchCard.expert_id).order_by(SearchCard.expert_id).limit(BATCH)
    if after is not None:
        wanted = wanted.where(SearchCard.expert_id > after)
    with reading() as session:
        found = _documents(session, session.scalars(wanted).all())
    return sorted(found, key=lambda document: document.id)


def _documents(session: Session, expert_ids: Sequence[UUID]) -> list[Document]:
    cards = session.execute(_CARDS.where(SearchCard.expert_id.in_(expert_ids))).all()
    listed = [card.expert_id for card in cards if card.listed]
    offered: dict[UUID, list[sa.Row[Any]]] = {}
    for offer in session.execute(_OFFERS.where(SearchOffer.expert_id.in_(listed))):
        offered.setdefault(offer.expert_id, []).append(offer)
    return [
        Document(
            str(card.expert_id),
            card.revision,
            _whole(card, offered.get(card.expert_id, [])) if card.listed else _gone(card),
        )
        for card in cards
    ]


def _gone(card: sa.Row[Any]) -> dict[str, Any]:
    return {"expert_id": str(card.expert_id), "listed": False}


def _whole(card: sa.Row[Any], offers: Sequence[sa.Row[Any]]) -> dict[str, Any]:
    head = dict(_words(card.head))
    return {
        "expert_id": str(card.expert_id),
        "listed": True,
        "words": [word for word, _ in _words(card.words)],
        **{
            f"words_{weight.lower()}": [word for word, found in head.items() if weight in found]
            for weight in "ABC"
        },
        "trigrams": sorted(set(trigrams(card.fuzzy))),
        "fuzzy": card.fuzzy,
        "topic_ids": [str(one) for one in card.topic_ids],
        "languages": card.languages,
        "country": card.country,
        "verified": card.verified,
        "rating": card.rating,
        "stars": card.stars,
        "standing": card.standing,
        "standing_points": standing_points(card.standing),
        "experience_years": card.experience_years,
        "price_min": card.price_min,
        "modes": card.modes,
        "durations": card.durations,
        "next_start": minute(card.next_start_at),
        "offers": [_offer(offer) for offer in offers],
    }


def _offer(offer: sa.Row[Any]) -> dict[str, Any]:
    key, label = named(offer.names)
    rows = list(zip(offer.runs_since, offer.runs_until, strict=True))
    return {
        "words": [word for word, _ in _words(offer.words)],
        "name_key": key,
        "name_label": label,
        "minutes": offer.minutes,
        "mode": offer.mode,
        "price": offer.price_minor,
        "next_start": minute(offer.next_start_at),
        "step": offer.step,
        "free": [{"gte": since, "lte": until} for since, until in rows],
        "since": [since for since, _ in rows],
        "until": [until for _, until in rows],
    }


def _words(vector: str) -> Iterator[tuple[str, str]]:
    """Each word of a tsvector's text, and its places with their weights."""
    return ((found[1], found[2]) for found in _WORD.finditer(vector))


def differences(*, index: str = "") -> Iterator[tuple[UUID, int | None, int | None]]:
    """Where copy and index disagree: (expert, revision of the copy, version of the index).

    None: it is not there. Both are read by pages in the order of ids and laid side by side.
    """
    copy, documents = _of_copy(), _of_index(TenantIndex(KIND, index=index))
    ours, theirs = next(copy, None), next(documents, None)
    while ours is not None or theirs is not None:
        if theirs is None or (ours is not None and ours[0] < theirs[0]):
            assert ours is not None  # noqa: S101 - the loop's condition; mypy cannot see it
            yield ours[0], ours[1], None
            ours = next(copy, None)
        elif ours is None or theirs[0] < ours[0]:
            yield theirs[0], None, theirs[1]
            theirs = next(documents, None)
        else:
            if ours[1] != theirs[1]:
                yield ours[0], ours[1], theirs[1]
            ours, theirs = next(copy, None), next(documents, None)


def mend(found: Iterable[tuple[UUID, int | None, int | None]], *, index: str = "") -> int:
    """Write what the index lacks and delete what the copy does not know; returns how many."""
    wrong = list(found)
    bring((one for one, ours, _ in wrong if ours is not None), index=index)
    strangers = {
        str(one): theirs + 1 for one, ours, theirs in wrong if ours is None and theirs is not None
    }
    TenantIndex(KIND, index=index).delete(strangers)
    return len(wrong)


def known_versions(expert_ids: Sequence[UUID], *, index: str) -> Mapping[UUID, int]:
    """The versions that an index has of these experts."""
    return dict(_page(TenantIndex(KIND, index=index), [str(one) for one in expert_ids], None))


def _of_copy() -> Iterator[tuple[UUID, int]]:
    after: UUID | None = None
    while True:
        wanted = sa.select(SearchCard.expert_id, SearchCard.revision)
        if after is not None:
            wanted = wanted.where(SearchCard.expert_id > after)
        with reading() as session:
            rows = session.execute(wanted.order_by(SearchCard.expert_id).limit(1000)).all()
        if not rows:
            return
        yield from ((row.expert_id, row.revision) for row in rows)
        after = rows[-1].expert_id


def _of_index(index: TenantIndex) -> Iterator[tuple[UUID, int]]:
    index.refresh()
    after: UUID | None = None
    while True:
        found = _page(index, None, after)
        if not found:
            return
        yield from found
        after = found[-1][0]


def _page(
    index: TenantIndex, among: list[str] | None, after: UUID | None
) -> list[tuple[UUID, int]]:
    question: dict[str, Any] = {
        "query": {"terms": {"expert_id": among}} if among is not None else {"match_all": {}},
        "sort": [{"expert_id": "asc"}],
        "size": 1000,
        "version": True,
        "_source": ["expert_id"],
    }
    if after is not None:
        question["search_after"] = [str(after)]
    hits = index.search(question, seconds=30.0)["hits"]["hits"]
    return [(UUID(hit["_source"]["expert_id"]), hit["_version"]) for hit in hits]
