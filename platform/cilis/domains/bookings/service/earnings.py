"""Who has earned what of a booking's money: found anew each time, and only the difference moves.

Nobody has earned anything before the session is over or given up. Then what is kept of the
client's money, after all that went back or is on its way back, is divided by the terms that the
booking froze. A later refund, or one that the gateway refused, changes what is kept: the same
function finds the new shares and posts what is missing to them, so it may run any number of times.

What a payment company passed on to the expert at once is set against what the expert earned, by
the same rule, so that no payout pays it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import ledger, payments, pricing
from cilis.domains.bookings import queries
from cilis.domains.bookings.errors import BookingNotFound
from cilis.domains.bookings.models import Booking
from cilis.domains.bookings.types import OVER_STATES
from cilis.domains.ledger import Account, AccountKind, Posted, Posting, PostingKind, Transfer
from cilis.infra.db import transaction
from cilis.kit.money import Money

_CLEARING = Account(AccountKind.CLEARING)


def settle_earnings(session: Session, booking: Booking) -> None:
    """Bring the ledger to what this locked booking's money is now; mostly there is nothing to do.

    While two sides disagree nothing moves.
    """
    nothing = booking.paid_attempt_id is None and not booking.discount
    if nothing or booking.disputed_at is not None:
        return
    posted = ledger.of_subject(session, booking.id)
    for posting in (earned(session, booking, posted), offset(session, booking, posted)):
        if posting is not None:
            ledger.post(session, posting)


def earned(session: Session, booking: Booking, posted: Sequence[Posted]) -> Posting | None:
    """What is missing in the ledger of a paid booking's shares; None where nothing is."""
    before = [one for one in posted if one.kind is PostingKind.EARNED]
    moved = ledger.sums(before)
    wanted = _shares(session, booking)
    transfers = []
    for account in sorted(wanted.keys() | moved.keys() - {_CLEARING}, key=lambda it: it.kind):
        missing = wanted.get(account, 0) - (moved[account].minor if account in moved else 0)
        if missing:
            transfers.append(_transfer(account, Money(missing, booking.currency)))
    if not transfers:
        return None
    return Posting(
        key=f"earned:{booking.id.hex}:{len(before)}",
        kind=PostingKind.EARNED,
        subject_id=booking.id,
        transfers=transfers,
        detail={"reference": booking.reference, "state": booking.state.value},
    )


def offset(session: Session, booking: Booking, posted: Sequence[Posted]) -> Posting | None:
    """What is missing in the ledger of setting off what the expert has got already."""
    before = [one for one in posted if one.kind is PostingKind.OFFSET]
    passed = 0
    if booking.state in OVER_STATES:
        passed = payments.passed_minor(session, queries.payments_of(session, booking))
    if not (before or passed):
        return None
    expert = Account(AccountKind.PAYABLE, str(booking.expert_id))
    ahead = Account(AccountKind.PASSED_ON, str(booking.expert_person_id))
    moved = ledger.sums(before)
    missing = passed + (moved[expert].minor if expert in moved else 0)
    if not missing:
        return None
    sides = (expert, ahead) if missing > 0 else (ahead, expert)
    return Posting(
        key=f"offset:{booking.id.hex}:{len(before)}",
        kind=PostingKind.OFFSET,
        subject_id=booking.id,
        transfers=[Transfer(*sides, Money(abs(missing), booking.currency))],
        detail={"reference": booking.reference, "state": booking.state.value},
    )


def settle_after_refund(booking_id: UUID) -> None:
    """A refund was asked for or came to nothing: what is kept is another amount now."""
    with transaction() as session:
        try:
            booking = queries.lock(session, booking_id)
        except BookingNotFound:
            return  # what was paid for was something else
        settle_earnings(session, booking)


def count_grace(session: Session, booking: Booking, altogether: Money) -> None:
    """Let what was given back by grace count as part of what the rules give back altogether.

    At the cost of the organization stays what went beyond them.
    """
    graced = min(_graced(session, booking), altogether.minor)
    if graced or "graced_minor" in booking.policy:
        booking.policy = {**booking.policy, "graced_minor": graced}
        session.flush()


def _shares(session: Session, booking: Booking) -> dict[Account, int]:
    """What should stand on each account because of this booking.

    What the organization gave back or made cheaper at its own cost is divided as if it were here,
    and debited to its adjustments.
    """
    if booking.state not in OVER_STATES:
        return {}
    kept = sum(
        payments.attempt(session, one).amount_minor
        - payments.refunded_minor(session, one, hold=True)
        for one in queries.payments_of(session, booking)
    )
    graced = max(0, _graced(session, booking) - int(booking.policy.get("graced_minor", 0)))
    granted = _granted(booking)
    divided = Money(kept + graced + granted, booking.currency)
    split = pricing.Terms.from_json(booking.terms).split(divided)
    return {
        Account(AccountKind.PAYABLE, str(booking.expert_id)): split.expert.minor,
        Account(AccountKind.COMMISSION): split.commission.minor,
        Account(AccountKind.TAX): split.tax.minor,
        Account(AccountKind.ADJUSTMENTS): graced + granted,
    }


def _granted(booking: Booking) -> int:
    """What of a discount the organization bears alone, in minor units."""
    if booking.discount.get("borne_by") != payments.BorneBy.ORGANIZATION:
        return 0
    return int(booking.discount.get("kept_minor", booking.discount["minor"]))


def _graced(session: Session, booking: Booking) -> int:
    """What went back at the cost of the organization, in minor units."""
    return sum(payments.graced_minor(session, one) for one in queries.payments_of(session, booking))


def _transfer(account: Account, missing: Money) -> Transfer:
    """From what clients paid to who earned it, or back; what somebody bears goes the other way."""
    grows_by_credit = account.kind not in ledger.DEBIT_KINDS
    amount = missing if missing.minor > 0 else Money(-missing.minor, missing.currency)
    if grows_by_credit == (missing.minor > 0):
        return Transfer(_CLEARING, account, amount)
    return Transfer(account, _CLEARING, amount)
