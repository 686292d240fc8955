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
from cilis.infra.db import insert_or_nothing
from cilis.kit import clock, ids

_ONE_IN = 256
"""About every so many postings ask for a snapshot: no posting waits for another to count them."""
_POSTING = insert_or_nothing(LedgerPosting).execution_options(preserve_rowcount=True)
# The accounts are looked up by what they are for, in the statement that needs them.
_TRANSFERS = (
    sa.text(
        "INSERT INTO ledger_transfers"
        " (posting_id, number, at, debit_id, credit_id, amount_minor, currency)"
        " SELECT :posting, number, :at, debit.id, credit.id, amount, given.currency"
        " FROM unnest(:numbers, :debit_kinds, :debit_owners, :credit_kinds, :credit_owners,"
        " :amounts, :currencies) AS given(number, debit_kind, debit_owner, credit_kind,"
        " credit_owner, amount, currency)"
        " JOIN ledger_accounts AS debit ON (debit.kind, debit.owner, debit.currency)"
        " = (debit_kind, debit_owner, given.currency)"
        " JOIN ledger_accounts AS credit ON (credit.kind, credit.owner, credit.currency)"
        " = (credit_kind, credit_owner, given.currency)"
        " ON CONFLICT DO NOTHING"
    )
    .bindparams(
        sa.bindparam("posting", type_=sa.Uuid()),
        sa.bindparam("at", type_=sa.DateTime(timezone=True)),
        sa.bindparam("numbers", type_=sa.ARRAY(sa.SmallInteger())),
        sa.bindparam("amounts", type_=sa.ARRAY(sa.BigInteger())),
        *(
            sa.bindparam(name, type_=sa.ARRAY(sa.Text()))
            for name in (
                "debit_kinds",
                "debit_owners",
                "credit_kinds",
                "credit_owners",
                "currencies",
            )
        ),
    )
    .execution_options(preserve_rowcount=True)
)


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
    row = {
        "id": posting_id,
        "key": posting.key,
        "kind": posting.kind,
        "subject_id": posting.subject_id,
        "at": at,
        "actor_id": posting.actor,
        "detail": dict(posting.detail),
    }
    if not session.connection().execute(_POSTING, row).rowcount:
        return _known(session, posting)
    rows = _rows(posting_id, at, posting.transfers)
    if session.connection().execute(_TRANSFERS, rows).rowcount < len(posting.transfers):
        _open_accounts(session, posting.transfers)
        session.connection().execute(_TRANSFERS, rows)  # those that found no account before
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


def _rows(posting_id: UUID, at: datetime, transfers: Sequence[Transfer]) -> dict[str, Any]:
    return {
        "posting": posting_id,
        "at": at,
        "numbers": list(range(len(transfers))),
        "debit_kinds": [transfer.debit.kind.value for transfer in transfers],
        "debit_owners": [transfer.debit.owner for transfer in transfers],
        "credit_kinds": [transfer.credit.kind.value for transfer in transfers],
        "credit_owners": [transfer.credit.owner for transfer in transfers],
        "amounts": [transfer.amount.minor for transfer in transfers],
        "currencies": [transfer.amount.currency for transfer in transfers],
    }
