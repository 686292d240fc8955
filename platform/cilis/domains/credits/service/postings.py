"""What credits write into the ledger.

Each credit has an account of its own, so what is left of it is a balance and nothing else. Money
that was paid for it leaves ``clearing`` for that account; goodwill is the organization's expense.
What a booking spends goes through a payment by credit, which `payments` posts.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import ledger
from cilis.domains.credits.models import Credit
from cilis.domains.ledger import Account, AccountKind, Posting, PostingKind, Transfer
from cilis.kit.money import Money

_CLEARING = Account(AccountKind.CLEARING)


def post_bought(session: Session, credit: Credit) -> None:
    """What came for a credit is the client's to spend."""
    key = f"credit:{credit.id.hex}"
    _post(session, credit, PostingKind.CREDIT_BOUGHT, key, (_CLEARING, _of(credit)), credit.amount)


def post_given(session: Session, credit: Credit) -> None:
    """Credit that the organization gives away."""
    sides = Account(AccountKind.ADJUSTMENTS), _of(credit)
    key = f"credit:{credit.id.hex}"
    _post(session, credit, PostingKind.CREDIT_GIVEN, key, sides, credit.amount)


def post_expired(session: Session, credit: Credit, rest: Money) -> None:
    """What nobody used in time is the organization's; of goodwill, its expense was less."""
    given = credit.given_by is not None
    to = Account(AccountKind.ADJUSTMENTS if given else AccountKind.COMMISSION)
    key = f"credit_expired:{credit.id.hex}:{_number(session, credit)}"
    _post(session, credit, PostingKind.CREDIT_EXPIRED, key, (_of(credit), to), rest)


def post_returned(
    session: Session, credit: Credit, amount: Money, refund_id: UUID, left: Money | None = None
) -> None:
    """What was paid for it is to go back; what is not left any more the organization bears."""
    back = min(amount.minor, left.minor) if left is not None else amount.minor
    spent = amount.minor - back
    transfers = [(_of(credit), back), (Account(AccountKind.ADJUSTMENTS), spent)]
    _write(
        session,
        credit,
        PostingKind.CREDIT_RETURNED,
        f"credit_returned:{refund_id.hex}",
        [
            Transfer(account, _CLEARING, Money(minor, amount.currency))
            for account, minor in transfers
            if minor
        ],
    )


def post_kept(session: Session, credit: Credit, refund_id: UUID) -> None:
    """The bank did not take it back: all is as it was before."""
    before = ledger.posted_under(session, f"credit_returned:{refund_id.hex}")
    moved = before.transfers if before is not None else ()
    undone = [Transfer(one.credit, one.debit, one.amount) for one in moved]
    key = f"credit_kept:{refund_id.hex}"
    _write(session, credit, PostingKind.CREDIT_BOUGHT, key, undone)


def post_borne(session: Session, credit: Credit, amount: Money) -> None:
    """What the organization bore of a purchase comes out of its credit; below zero: it goes back.

    The caller holds the credit's lock and knows what is borne, so the number makes the key alone.
    """
    own, adjustments = _of(credit), Account(AccountKind.ADJUSTMENTS)
    kind, sides = PostingKind.CREDIT_RETURNED, (own, adjustments)
    if amount.minor < 0:
        kind, sides = PostingKind.CREDIT_BOUGHT, (adjustments, own)
        amount = Money(-amount.minor, amount.currency)
    key = f"credit_borne:{credit.id.hex}:{_number(session, credit)}"
    _post(session, credit, kind, key, sides, amount)


def _of(credit: Credit) -> Account:
    return Account(AccountKind.CREDIT, credit.id.hex)


def _number(session: Session, credit: Credit) -> int:
    return len(ledger.of_subject(session, credit.id))


def _post(
    session: Session,
    credit: Credit,
    kind: PostingKind,
    key: str,
    sides: tuple[Account, Account],
    amount: Money,
) -> None:
    _write(session, credit, kind, key, [Transfer(*sides, amount)])


def _write(
    session: Session, credit: Credit, kind: PostingKind, key: str, transfers: Sequence[Transfer]
) -> None:
    ledger.post(
        session,
        Posting(
            key=key,
            kind=kind,
            subject_id=credit.id,
            transfers=transfers,
            actor=credit.given_by,
            detail={"kind": credit.kind.value},
        ),
    )
