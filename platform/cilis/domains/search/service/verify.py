"""Whether what is searched is true: experts against the copy, the copy against the index."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from uuid import UUID

import sqlalchemy as sa

from cilis.domains import experts
from cilis.domains.search.models import SearchCard
from cilis.domains.search.service.index import differences, mend
from cilis.domains.search.service.refresh import read_again
from cilis.infra import search
from cilis.infra.db import reading

_PAGE = 500


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was compared; ``checksum`` is over all ids and revisions of the copy.

    ``stale``: experts that the copy has in another version than their own room, or not at all.
    ``strangers``: in the copy, but no expert any more. ``differing``: the index disagrees with
    the copy: (expert, revision of the copy, version of the index), None where it is missing.
    """

    experts: int
    checksum: str
    stale: list[UUID] = field(default_factory=list)
    strangers: list[UUID] = field(default_factory=list)
    differing: list[tuple[UUID, int | None, int | None]] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether nothing differs."""
        return not (self.stale or self.strangers or self.differing)


def verify() -> Verdict:
    """Compare everything of the tenant being served; raises SearchAway when the index is away."""
    count, stale = _stale()
    checksum, strangers = _copy()
    differing = list(differences()) if search.is_connected() else []
    return Verdict(count, checksum, stale, strangers, differing)


def put_right(found: Verdict) -> None:
    """Read what was stale again, and write what differed."""
    read_again(found.stale, even_if_known=True)
    if search.is_connected():
        mend(differences())


def _stale() -> tuple[int, list[UUID]]:
    stale: list[UUID] = []
    count, after = 0, None
    while True:
        with reading() as session:
            ids = experts.ids_page(session, after, _PAGE)
            cards = experts.cards(session, ids)
            rows = session.execute(
                sa.select(SearchCard.expert_id, SearchCard.version).where(
                    SearchCard.expert_id.in_(ids)
                )
            )
            known = {row.expert_id: row.version for row in rows}
        if not ids:
            return count, stale
        count, after = count + len(ids), ids[-1]
        stale += [one for one in ids if one in cards and known.get(one) != cards[one].version]


def _copy() -> tuple[str, list[UUID]]:
    digest, strangers = hashlib.sha256(), list[UUID]()
    after: UUID | None = None
    while True:
        wanted = sa.select(SearchCard.expert_id, SearchCard.revision, SearchCard.listed)
        if after is not None:
            wanted = wanted.where(SearchCard.expert_id > after)
        with reading() as session:
            rows = session.execute(wanted.order_by(SearchCard.expert_id).limit(_PAGE)).all()
            cards = experts.cards(session, [row.expert_id for row in rows])
        if not rows:
            return digest.hexdigest()[:16], strangers
        for row in rows:
            digest.update(f"{row.expert_id}:{row.revision}\n".encode())
            if row.listed and row.expert_id not in cards:
                strangers.append(row.expert_id)
        after = rows[-1].expert_id
