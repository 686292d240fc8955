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
from cilis.domains.ledger.models import LedgerAccount, LedgerPosting, LedgerTransfer
from cilis.domains.ledger.types import Account, Posting, Transfer
from cilis.infra import outbox
from cilis.infra.db import insert_or_nothing
from cilis.kit import clock, ids

_ONE_IN = 256
"""About every so many postings ask for a snapshot: no posting waits for another to count them."""
_POSTING = insert_or_nothing(LedgerPosting).execution_options(preserve_rowcount=True)
_TRANSFERS = sa.insert(LedgerTransfer)
_Key = tuple[Account, str]


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
    accounts = _accounts(session, posting.transfers)
    session.connection().execute(
        _TRANSFERS,
        [
            _transfer(posting_id, number, at, accounts, transfer)
            for number, transfer in enumerate(posting.transfers)
        ],
    )
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


def _accounts(session: Session, transfers: Sequence[Transfer]) -> dict[_Key, UUID]:
    """The accounts' ids; those that money reaches for the first time are opened."""
    wanted = {
        (account, transfer.amount.currency)
        for transfer in transfers
        for account in (transfer.debit, transfer.credit)
    }
    found = queries.accounts(session, wanted)
    missing = sorted(wanted - found.keys(), key=lambda key: (key[0].kind, key[0].owner, key[1]))
    if missing:  # in one order everywhere, so that two who open the same ones do not lock up
        rows = [
            {"id": ids.new(), "kind": account.kind, "owner": account.owner, "currency": currency}
            for account, currency in missing
        ]
        session.execute(insert(LedgerAccount).values(rows).on_conflict_do_nothing())
        found = queries.accounts(session, wanted)
    return found


def _transfer(
    posting_id: UUID,
    number: int,
    at: datetime,
    accounts: dict[_Key, UUID],
    transfer: Transfer,
) -> dict[str, Any]:
    currency = transfer.amount.currency
    return {
        "posting_id": posting_id,
        "number": number,
        "at": at,
        "debit_id": accounts[transfer.debit, currency],
        "credit_id": accounts[transfer.credit, currency],
        "amount_minor": transfer.amount.minor,
        "currency": currency,
    }
