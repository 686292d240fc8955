"""Writing into the ledger; the only way to change a balance."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cilis.domains.ledger import queries
from cilis.domains.ledger.errors import EmptyPosting, PostingDiffers
from cilis.domains.ledger.events import SnapshotDue
from cilis.domains.ledger.models import LedgerAccount, LedgerPosting
from cilis.domains.ledger.types import Posting, Transfer
from cilis.infra import outbox
from cilis.kit import clock, ids

_ONE_IN = 256
"""About every so many postings ask for a snapshot: no posting waits for another to count them."""
_POSTING = [column.name for column in LedgerPosting.__table__.columns]
# The accounts are looked up by what they are for, in the statement that needs them.
_TRANSFERS = (
    "INSERT INTO ledger_transfers"
    " (posting_id, number, at, debit_id, credit_id, amount_minor, currency)"
    " SELECT posting.id, number, :at, debit.id, credit.id, amount, given.currency"
    " FROM {posting}, unnest(:numbers, :debit_kinds, :debit_owners, :credit_kinds, :credit_owners,"
    " :amounts, :currencies) AS given(number, debit_kind, debit_owner, credit_kind,"
    " credit_owner, amount, currency)"
    " JOIN ledger_accounts AS debit ON (debit.kind, debit.owner, debit.currency)"
    " = (debit_kind, debit_owner, given.currency)"
    " JOIN ledger_accounts AS credit ON (credit.kind, credit.owner, credit.currency)"
    " = (credit_kind, credit_owner, given.currency)"
    " ON CONFLICT DO NOTHING"
)
_KINDS = (
    *(sa.bindparam(column.name, type_=column.type) for column in LedgerPosting.__table__.columns),
    sa.bindparam("numbers", type_=sa.ARRAY(sa.SmallInteger())),
    sa.bindparam("amounts", type_=sa.ARRAY(sa.BigInteger())),
    *(
        sa.bindparam(name, type_=sa.ARRAY(sa.Text()))
        for name in (
            "debit_kinds", "debit_owners", "credit_kinds", "credit_owners", "currencies"
        )
    ),
)  # fmt: skip
_WRITE = sa.text(
    f"WITH posting AS (INSERT INTO ledger_postings ({', '.join(_POSTING)})"  # noqa: S608
    f" VALUES ({', '.join(f':{name}' for name in _POSTING)}) ON CONFLICT DO NOTHING RETURNING id),"
    f" written AS ({_TRANSFERS.format(posting='posting')} RETURNING 1)"
    " SELECT (SELECT count(*) FROM posting) AS postings,"
    " (SELECT count(*) FROM written) AS transfers"
).bindparams(*_KINDS)
"""A posting with its transfers, as far as their accounts are open, in one round trip."""
_WRITE_THE_REST = sa.text(
    _TRANSFERS.format(posting="(SELECT CAST(:id AS uuid) AS id) AS posting")
).bindparams(*(kind for kind in _KINDS if kind.key in {"id", "at"} or kind.key not in _POSTING))


def post(session: Session, posting: Posting) -> UUID:
    """Write one posting in the caller's transaction; returns its id.

    A repeat under the same key finds the first one and writes nothing.

    Raises:
        EmptyPosting: no transfers, an amount that is not positive, or a transfer to itself.
        PostingDiffers: the key was used for other movements.
    """
    return post_at(session, posting, clock.now())


def post_at(session: Session, posting: Posting, at: datetime) -> UUID:
    """Write a posting of the past, for what arrives from elsewhere; see `imports`."""
    _check(posting)
    posting_id = ids.new()
    rows = _rows(posting.transfers) | {"id": posting_id, "at": at}
    posted = {
        "key": posting.key,
        "kind": posting.kind,
        "subject_id": posting.subject_id,
        "actor_id": posting.actor,
        "detail": dict(posting.detail),
    }
    written = session.connection().execute(_WRITE, rows | posted).one()
    if not written.postings:
        return _known(session, posting)
    if written.transfers < len(posting.transfers):
        _open_accounts(session, posting.transfers)
        session.connection().execute(_WRITE_THE_REST, rows)
    if posting_id.int % _ONE_IN == 0:
        outbox.emit(session, SnapshotDue(), at=clock.now() + queries.SETTLED)
    return posting_id


def _check(posting: Posting) -> None:
    if not posting.transfers:
        raise EmptyPosting(posting.key)
    for transfer in posting.transfers:
        if transfer.amount.minor <= 0 or transfer.debit == transfer.credit:
            raise EmptyPosting(f"{posting.key}: {transfer}")


def _known(session: Session, posting: Posting) -> UUID:
    found = queries.posted_under(session, posting.key)
    if found is None or list(found.transfers) != list(posting.transfers):
        raise PostingDiffers(posting.key)
    return found.id


def _open_accounts(session: Session, transfers: Sequence[Transfer]) -> None:
    """Open the accounts that money reaches for the first time.

    In one order everywhere, so that two who open the same ones do not lock each other up.
    """
    wanted = {
        (account.kind, account.owner, transfer.amount.currency)
        for transfer in transfers
        for account in (transfer.debit, transfer.credit)
    }
    rows = [
        {"id": ids.new(), "kind": kind, "owner": owner, "currency": currency}
        for kind, owner, currency in sorted(wanted)
    ]
    session.execute(insert(LedgerAccount).values(rows).on_conflict_do_nothing())


def _rows(transfers: Sequence[Transfer]) -> dict[str, Any]:
    return {
        "numbers": list(range(len(transfers))),
        "debit_kinds": [transfer.debit.kind.value for transfer in transfers],
        "debit_owners": [transfer.debit.owner for transfer in transfers],
        "credit_kinds": [transfer.credit.kind.value for transfer in transfers],
        "credit_owners": [transfer.credit.owner for transfer in transfers],
        "amounts": [transfer.amount.minor for transfer in transfers],
        "currencies": [transfer.amount.currency for transfer in transfers],
    }
