"""Unsafe operations that may be sent twice and happen once.

The key is claimed inside the use case's own first transaction, with the id of what it made; so
either both the thing and the claim exist, or neither.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.kit import clock
from cilis.kit.errors import DomainError, InvalidInput

KEPT = timedelta(days=7)
"""How long a repeat is known as one; nobody sends the same form again after a week."""

_table = sa.table(
    "idempotency_keys",
    sa.column("key"),
    sa.column("owner"),
    sa.column("operation"),
    sa.column("digest"),
    sa.column("made_id", sa.Uuid()),
    sa.column("created_at"),
)
# Text, as it runs in every use case and SQLAlchemy compiles its own form at every call.
_TAKE = sa.text(
    "INSERT INTO idempotency_keys (key, owner, operation, digest, made_id, created_at)"
    " VALUES (:key, :owner, :operation, :digest, :made_id, :created_at) ON CONFLICT DO NOTHING"
).execution_options(preserve_rowcount=True)  # psycopg forgets it when the cursor closes


@dataclass
class Claim:
    """One caller's wish to do one thing once."""

    key: str
    owner: str
    operation: str
    digest: str
    taken: bool = False
    made_id: UUID | None = None


class Replay(DomainError):
    """The same wish was fulfilled before; ``made_id`` is what it made."""

    code = "replayed"

    def __init__(self, made_id: UUID | None) -> None:
        super().__init__(str(made_id))
        self.made_id = made_id


_claim: ContextVar[Claim | None] = ContextVar("idempotency_claim", default=None)


@contextmanager
def claiming(wish: Claim) -> Iterator[Claim]:
    """Let the first transaction opened in this block claim the key."""
    token = _claim.set(wish)
    try:
        yield wish
    finally:
        _claim.reset(token)


def made(session: Session, thing_id: UUID) -> None:
    """Say what the running use case makes; a repeat of the same key answers with it."""
    del session  # shows that the caller is inside its transaction
    wish = _claim.get()
    if wish is not None and wish.made_id is None:
        wish.made_id = thing_id


def claim(session: Session) -> bool:
    """Take the key, or raise Replay; called by `transaction` when it opens.

    Returns whether this very transaction took it, so that its end decides.
    """
    wish = _claim.get()
    if wish is None or wish.taken:
        return False
    row = {
        "key": wish.key,
        "owner": wish.owner,
        "operation": wish.operation,
        "digest": wish.digest,
        "made_id": None,
        "created_at": clock.now(),
    }
    if session.connection().execute(_TAKE, row).rowcount == 1:
        wish.taken = True
        return True
    found = session.execute(sa.select(_table.c.digest, _table.c.made_id).where(*_same(wish))).one()
    if found.digest != wish.digest:
        raise InvalidInput({"Idempotency-Key": ["idempotency_key_reused"]})
    raise Replay(found.made_id)


def give_back() -> None:
    """Forget the key: the transaction that took it was rolled back, the next may take it."""
    wish = _claim.get()
    if wish is not None:
        wish.taken, wish.made_id = False, None


def settle(session: Session) -> None:
    """Keep what was made beside the key; called by `transaction` before it commits."""
    wish = _claim.get()
    if wish is None or not wish.taken or wish.made_id is None:
        return
    session.execute(sa.update(_table).where(*_same(wish)).values(made_id=wish.made_id))


def forget_old(session: Session, limit: int = 5_000) -> int:
    """Delete keys that no repeat will bring any more; returns how many rows went."""
    place = sa.tuple_(_table.c.key, _table.c.owner, _table.c.operation)
    old = (
        sa.select(_table.c.key, _table.c.owner, _table.c.operation)
        .where(_table.c.created_at < clock.now() - KEPT)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    gone = [tuple(row) for row in session.execute(old)]
    if gone:
        session.execute(sa.delete(_table).where(place.in_(gone)))
    return len(gone)


def _same(wish: Claim) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        _table.c.key == wish.key,
        _table.c.owner == wish.owner,
        _table.c.operation == wish.operation,
    )
