"""What the ledger ought to hold because of payments, credits and payouts, by their own rows."""

from __future__ import annotations

from collections.abc import Iterator

from cilis.testing.auditor.books import Account, Books, Movements, Row, Thing

Place = tuple[str, str]
"""An account's kind and owner."""
_HELD = {"open", "under_review"}
_TO_BANK = {"paid"}
_SET_ASIDE = {"ordered", "sent"}


def between(
    debit: tuple[str, str], credit: tuple[str, str], minor: int, currency: str
) -> Movements:
    """One amount from one account to another; kinds and owners."""
    found = Movements()
    found[Account(*debit, currency)] -= minor
    found[Account(*credit, currency)] += minor
    return found


def payments(books: Books) -> Iterator[tuple[Thing, str, Movements]]:
    """Attempts, what companies kept of them, refunds and disputes, each with its subject."""
    for one in books.attempts.values():
        came = one.state == "captured"
        whole = one.amount_minor if came else 0
        moves = between(_place(one), _CLEARING, whole, one.currency)
        if came and one.share_minor is not None:
            moves.update(between(_ahead(one), _place(one), one.share_minor, one.currency))
        yield Thing("attempt", one.id), one.subject_id, moves
        known = one.cost_minor and one.cost_currency == one.currency
        fee = between(_FEES, _place(one), one.cost_minor if known else 0, one.currency)
        yield Thing("fee", one.id), one.subject_id, fee
    for refund in books.refunds.values():
        attempt = books.attempts[refund.attempt_id]
        to = {"done": _place(attempt), "refused": _CLEARING}.get(refund.state, _REFUND)
        moves = between(_CLEARING, to, refund.amount_minor, refund.currency)
        yield Thing("refund", refund.id), attempt.subject_id, moves
    for dispute in books.disputes.values():
        attempt = books.attempts[dispute.attempt_id]
        at = ("disputed", attempt.provider) if dispute.state in _HELD else _place(attempt)
        at = _ADJUSTMENTS if dispute.state == "lost" else at
        moves = between(at, _place(attempt), dispute.amount_minor, dispute.currency)
        yield Thing("dispute", dispute.id), attempt.subject_id, moves


def shares_back(books: Books) -> Iterator[tuple[Thing, str, Movements]]:
    """What of payees' shares companies took back with refunds, and while banks contest payments.

    Whether one came back with a refund that was refused in the end depends on how far that was.
    """
    for one in (*books.refunds.values(), *books.disputes.values()):
        if one.share_minor is None:
            continue
        attempt, thing = books.attempts[one.attempt_id], Thing("share", one.id)
        is_back = getattr(one, "share_is_back", one.state == "done")
        if one.state == "refused":
            is_back = bool(books.moved.get(thing))
        minor = one.share_minor if is_back else 0
        moves = between(_place(attempt), _ahead(attempt), minor, one.currency)
        yield thing, attempt.subject_id, moves


def passed_on(books: Books, attempt_id: str) -> int:
    """What the payee of a payment has of it by the company's passing on."""
    attempt = books.attempts[attempt_id]
    if attempt.state != "captured" or attempt.share_minor is None:
        return 0
    back = sum(one.share_minor or 0 for one in books.refunds_of[attempt_id])
    contested = sum(
        one.share_minor or 0
        for one in books.disputes.values()
        if one.attempt_id == attempt_id and one.share_is_back and one.is_closed
    )
    return int(attempt.share_minor) - back - contested


def credits(books: Books) -> Iterator[tuple[Thing, str, Movements]]:
    """What came to each credit but by sessions that were called off, and what went without one.

    What a buyer got back of what was spent already the organization bears, until it comes back to
    the credit; so it does what a bank took. How much that is only the ledger knows, so it is taken
    from there, within what can be.
    """
    for one in books.credits.values():
        own = ("credit", one.id)
        source = _ADJUSTMENTS if one.is_given else _CLEARING
        is_open = one.is_given or one.paid_by is not None
        found = between(source, own, one.amount_minor if is_open else 0, one.currency)
        lost = books.expired.get(one.id, 0)
        found.update(
            between(own, _ADJUSTMENTS if one.is_given else _COMMISSION, lost, one.currency)
        )
        back = went_back(books, one.paid_by) if one.paid_by else 0
        found.update(between(own, _CLEARING, back, one.currency))
        if not one.is_given:
            borne = Account(*_ADJUSTMENTS, one.currency)
            spent = -books.moved[Thing("credit", one.id)][borne]
            if -_lost(books, one.paid_by) <= spent <= back:
                found.update(between(_ADJUSTMENTS, own, spent, one.currency))
        yield Thing("credit", one.id), one.id, found


def payouts(books: Books) -> Iterator[tuple[Thing, str, Movements]]:
    """What was set aside for experts, what left, and corrections by hand."""
    for one in books.payouts.values():
        own = ("payable", one.expert_id)
        source = ("gateway", one.provider) if one.kind == "connected" else ("bank", "")
        to = own
        if one.state in _SET_ASIDE | _TO_BANK:
            to = _PAYOUT if one.state in _SET_ASIDE else source
        yield Thing("payout", one.id), one.id, between(own, to, one.amount_minor, one.currency)
    for one in books.adjustments.values():
        minor = one.amount_minor if one.state == "done" else 0
        own = ("payable", one.expert_id)
        moves = between(_ADJUSTMENTS, own, minor, one.currency)
        yield Thing("adjustment", one.id), one.id, moves


def went_back(books: Books, attempt_id: str, borne_by: str = "") -> int:
    """What of a payment went back or is on its way; of one sort, or all."""
    return sum(
        refund.amount_minor
        for refund in books.refunds_of[attempt_id]
        if refund.state != "refused" and borne_by in {"", refund.borne_by}
    )


def _lost(books: Books, attempt_id: str | None) -> int:
    """What banks took of a payment for good."""
    return sum(
        one.amount_minor
        for one in books.disputes.values()
        if one.attempt_id == attempt_id and one.state == "lost"
    )


def _ahead(attempt: Row) -> Place:
    return "passed_on", attempt.payee_id


def _place(attempt: Row) -> Place:
    if attempt.provider == "credit":
        return "credit", attempt.provider_reference
    return "gateway", attempt.provider


_CLEARING, _REFUND, _PAYOUT = ("clearing", ""), ("refund", ""), ("payout", "")
_FEES, _ADJUSTMENTS, _COMMISSION = ("fees", ""), ("adjustments", ""), ("commission", "")
