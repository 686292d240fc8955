"""I6: every change of state has its line of audit, and histories are chains of allowed moves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from tests.faults.books import Books, Row

from cilis.domains.bookings.types import MOVES
from cilis.domains.payments.types import ATTEMPT_MOVES, DISPUTE_MOVES, REFUND_MOVES


def histories(books: Books) -> Iterator[str]:
    """All that does not hold."""
    chains: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for row in books.payment_changes:
        kind, name = "attempt", row.attempt_id
        if row.refund_id or row.dispute_id:
            kind = "refund" if row.refund_id else "dispute"
            name = row.refund_id or row.dispute_id
        chains[kind, name].append((row.from_state, row.to_state))
    for row in books.booking_changes:
        chains["booking", row.booking_id].append((row.from_state, row.to_state))
    tables = (
        ("booking", books.bookings), ("attempt", books.attempts), ("refund", books.refunds),
        ("dispute", books.disputes),
    )  # fmt: skip
    moves: dict[str, Mapping[str, Iterable[str]]] = {
        "booking": {str(k): [str(v) for v in vs] for k, vs in MOVES.items()},
        "attempt": {str(k): [str(v) for v in vs] for k, vs in ATTEMPT_MOVES.items()},
        "refund": {str(k): [str(v) for v in vs] for k, vs in REFUND_MOVES.items()},
        "dispute": {str(k): [str(v) for v in vs] for k, vs in DISPUTE_MOVES.items()},
    }
    for kind, rows in tables:
        for row in rows.values():
            yield from _chain(kind, row, chains[kind, row.id], moves[kind])
    for (kind, name), chain in chains.items():
        if kind == "booking":
            lines = sum(
                n
                for (who, what), n in books.audit.items()
                if who == name and what.startswith("bookings.")
            )
            if lines < len(chain):
                yield f"I6: booking {name} changed {len(chain)} times, audit has {lines} lines"
            continue
        for before, after in chain:
            if before != after and books.audit[name, f"payments.{kind}_{after}"] != 1:
                yield f"I6: {kind} {name} became {after}, and audit does not say so once"


def _chain(
    kind: str, row: Row, chain: Sequence[tuple[str, str]], moves: Mapping[str, Iterable[str]]
) -> Iterator[str]:
    if not chain or chain[-1][1] != row.state:
        yield f"I6: {kind} {row.id} is {row.state}, its history ends otherwise"
    for one, two in pairwise(chain):
        if one[1] != two[0]:
            yield f"I6: {kind} {row.id} jumped from {one[1]} to {two[0]}"
    for before, after in chain:
        if before and before != after and after not in moves.get(before, ()):
            yield f"I6: {kind} {row.id} went from {before} to {after}"
