"""A batch as a file for a bank. Only here do accounts leave the house in the clear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import tenants
from cilis.domains.payouts import queries
from cilis.domains.payouts.errors import (
    BatchNotReady,
    NoSuchFile,
    OrganizationAccountMissing,
)
from cilis.domains.payouts.models import Payout, PayoutBatch
from cilis.domains.payouts.service import accounts, sepa
from cilis.domains.payouts.types import BatchState, Destination, PayeeKind, PayoutState
from cilis.infra import audit
from cilis.infra.db import transaction
from cilis.kit import sheets
from cilis.kit.viewer import Viewer

_HEADER = (
    "reference", "holder", "account", "bank", "bic", "amount", "currency", "words", "state",
)  # fmt: skip
_LEFT = frozenset({PayoutState.ORDERED, PayoutState.PAID})


@dataclass(frozen=True, slots=True)
class BankFile:
    """What a person hands to the bank."""

    name: str
    content: bytes
    content_type: str


def bank_file(batch_id: UUID, form: str, viewer: Viewer) -> BankFile:
    """The payouts of an approved batch that go by bank; every reading is written down.

    ``form`` is "xml" (SEPA, for euros to SEPA accounts) or "csv" (everything).

    Raises:
        BatchNotFound: no such batch.
        BatchNotReady: nobody has approved it, or it was called off.
        OrganizationAccountMissing: a SEPA file names the account that pays.
        NoSuchFile: nothing in it goes this way.
    """
    with transaction() as session:
        batch = queries.batch(session, batch_id)
        if batch.state not in {BatchState.READY, BatchState.CLOSED}:
            raise BatchNotReady(f"{batch_id} is {batch.state}")
        found = [
            (one, queries.unsealed(one.sealed))
            for one in queries.payouts_of(session, batch_id)
            if one.kind != PayeeKind.CONNECTED and one.state in _LEFT
        ]
        write = _sepa if form == "xml" else _csv
        made = write(session, batch, found)
        detail = {"form": form, "batch": batch.reference}
        audit.record(session, "payouts.file_taken", batch.id, actor=viewer.person, detail=detail)
    return made


def goes_by_sepa(payout: Payout) -> bool:
    """Whether a payout can be part of a SEPA file, as far as that can be seen from outside."""
    return (
        payout.currency == "EUR"
        and payout.kind == PayeeKind.IBAN
        and payout.hint[:2] in accounts.SEPA
    )


def _sepa(
    session: Session, batch: PayoutBatch, found: Sequence[tuple[Payout, Destination]]
) -> BankFile:
    items = [
        sepa.Item(payout.reference, payout.amount, account)
        for payout, account in found
        if goes_by_sepa(payout)
    ]
    if not items:
        raise NoSuchFile(batch.reference)
    own = queries.own_account(session)
    if own is None:
        raise OrganizationAccountMissing
    at = batch.approved_at or batch.made_at
    content = sepa.document(batch.reference, at, own, items, _remark(session, batch))
    return BankFile(f"payouts-{batch.reference}.xml", content, "application/xml")


def _csv(
    session: Session, batch: PayoutBatch, found: Sequence[tuple[Payout, Destination]]
) -> BankFile:
    if not found:
        raise NoSuchFile(batch.reference)
    words = _remark(session, batch)
    rows = (
        (
            payout.reference, account.holder, account.number, account.bank, account.bic,
            payout.amount, payout.currency, words, payout.state.value,
        )
        for payout, account in found
    )  # fmt: skip
    content = "".join(sheets.lines(_HEADER, rows)).encode()
    return BankFile(f"payouts-{batch.reference}.csv", content, "text/csv; charset=utf-8")


def _remark(session: Session, batch: PayoutBatch) -> str:
    return f"{tenants.organization(session).name} {batch.reference}"
