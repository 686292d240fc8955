"""Fill the copy anew from the doors, in batches, while questions are answered.

With Elasticsearch each batch goes there as well: into the index that answers, or into a new one
that takes its place when it is full.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

import sqlalchemy as sa

from cilis.domains import experts
from cilis.domains.search.models import SearchCard, SearchOffer
from cilis.domains.search.service.index import (
    bring,
    bring_everybody,
    differences,
    known_versions,
    mend,
)
from cilis.domains.search.service.refresh import write
from cilis.domains.search.types.documents import KIND, MAPPING
from cilis.infra import db, indices, search
from cilis.infra.db import reading, transaction
from cilis.infra.tenancy import Tenant, current_tenant, serving

Told = Callable[[int], None]


def _nobody(_: int) -> None:
    """Nobody is told."""


def rebuild(*, batch: int = 100, told: Told = _nobody, from_copy: bool = False) -> int:
    """Read every expert of the tenant again, whatever is known; returns how many there are.

    May be stopped and started at any time; events that come meanwhile are not lost. Rows of
    experts that no longer exist are removed at the end. ``told`` hears the number so far.
    Elasticsearch, where it is set, is brought to the same; a tenant with an index to itself gets
    a new one. The index that tenants share is made by `rebuild_all`; before that there is nothing
    to bring. Raises SearchAway, with the copy filled.

    ``from_copy``: the copy is believed, and only Elasticsearch is filled from it; some hundred
    times as quick, and enough when Elasticsearch is new.
    """
    tenant = current_tenant()
    if not search.is_connected():
        return 0 if from_copy else _fill(batch, told)
    if search.alias(KIND, tenant) == search.alias(KIND, None):
        done = 0 if from_copy else _fill(batch, told)
        if indices.is_built(KIND):
            mend(differences())
        return done
    index, begun = indices.begin(KIND, tenant, MAPPING)
    done = _filled(batch, told, index=index, begun=begun, from_copy=from_copy)
    indices.finish(KIND, tenant, index)
    mend(differences())  # what was written to the index before, at the last moment
    return done


def rebuild_all(
    tenants: Sequence[Tenant],
    *,
    batch: int = 100,
    told: Callable[[Tenant], Told] = lambda _: _nobody,
    from_copy: bool = False,
) -> dict[str, int]:
    """Rebuild every tenant; those that share an index move to a new one together, at the end.

    Stopped and started again it goes on where it was: what the new index has of an expert in the
    copy's own revision is not read again. Returns how many experts each has, by short name.
    ``from_copy`` as in `rebuild`.
    """
    done: dict[str, int] = {}
    shared = [one for one in tenants if _shares(one)]
    for tenant in tenants:
        if tenant not in shared:
            with serving(tenant):
                done[tenant.slug] = rebuild(batch=batch, told=told(tenant), from_copy=from_copy)
    if not shared:
        return done
    index, begun = indices.begin(KIND, None, MAPPING)
    for tenant in shared:
        with serving(tenant):
            done[tenant.slug] = _filled(
                batch, told(tenant), index=index, begun=begun, from_copy=from_copy
            )
    indices.finish(KIND, None, index)
    for tenant in shared:
        with serving(tenant):
            mend(differences())
    return done


def is_built(tenant: Tenant) -> bool:
    """Whether the engine that is set can answer for a tenant; raises SearchAway."""
    return not search.is_connected() or indices.is_built(KIND, tenant)


def build_if_missing(tenants: Sequence[Tenant]) -> bool:
    """Make the index that tenants share where Elasticsearch is set and has none; whether it did.

    Raises SearchAway.
    """
    if not search.is_connected() or indices.is_built(KIND):
        return False
    rebuild_all(tenants)
    return True


def _shares(tenant: Tenant) -> bool:
    """Whether a tenant's documents lie in the index that tenants share."""
    return search.is_connected() and search.alias(KIND, tenant) == search.alias(KIND, None)


def _filled(batch: int, told: Told, *, index: str, begun: bool, from_copy: bool) -> int:
    """Fill an index until it is what the copy is; how many there are."""
    if not from_copy:
        done = _fill(batch, told, index=index, begun=begun)
    elif begun:
        done = 0  # what it lacks is brought below
    else:
        done = bring_everybody(index=index, told=told)
    return max(done, mend(differences(index=index), index=index))


def _fill(batch: int, told: Told, *, index: str = "", begun: bool = False) -> int:
    done = 0
    after: UUID | None = None
    with db.patience(30_000):
        while True:
            with reading() as session:
                ids = experts.ids_page(session, after, batch)
            if not ids:
                break
            wanted = _not_yet(ids, index) if begun else ids
            if wanted:
                with transaction() as session:
                    write(session, wanted, even_if_known=True, quietly=True)
                if index:
                    bring(wanted, index=index)
            done += len(ids)
            after = ids[-1]
            told(done)
        _forget_strangers(batch)
    return done


def _not_yet(expert_ids: Sequence[UUID], index: str) -> list[UUID]:
    """Those that a half-filled index does not have just as the copy has them."""
    there = known_versions(expert_ids, index=index)
    wanted = sa.select(SearchCard.expert_id, SearchCard.revision)
    with reading() as session:
        rows = session.execute(wanted.where(SearchCard.expert_id.in_(expert_ids))).all()
    same = {row.expert_id for row in rows if there.get(row.expert_id) == row.revision}
    return [one for one in expert_ids if one not in same]


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
