"""Fill the copy anew from the doors, in batches, while questions are answered."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import sqlalchemy as sa

from cilis.domains import experts
from cilis.domains.search.models import SearchCard, SearchOffer
from cilis.domains.search.service.refresh import write
from cilis.infra import db
from cilis.infra.db import reading, transaction


def rebuild(*, batch: int = 100, told: Callable[[int], None] = lambda _: None) -> int:
    """Read every expert again, whatever is known; returns how many there are.

    May be stopped and started at any time; events that come meanwhile are not lost. Rows of
    experts that no longer exist are removed at the end. ``told`` hears the number so far.
    """
    done = 0
    after: UUID | None = None
    with db.patience(30_000):
        while True:
            with reading() as session:
                ids = experts.ids_page(session, after, batch)
            if not ids:
                break
            with transaction() as session:
                write(session, ids, even_if_known=True)
            done += len(ids)
            after = ids[-1]
            told(done)
        _forget_strangers(batch)
    return done


def _forget_strangers(batch: int) -> None:
    after: UUID | None = None
    while True:
        with transaction() as session:
            wanted = sa.select(SearchCard.expert_id).order_by(SearchCard.expert_id).limit(batch)
            if after is not None:
                wanted = wanted.where(SearchCard.expert_id > after)
            ids = list(session.scalars(wanted))
            if not ids:
                return
            strangers = set(ids) - set(experts.cards(session, ids))
            if strangers:
                session.execute(sa.delete(SearchOffer).where(SearchOffer.expert_id.in_(strangers)))
                session.execute(sa.delete(SearchCard).where(SearchCard.expert_id.in_(strangers)))
            after = ids[-1]
