from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from cilis.domains.payments.types import (
    ATTEMPT_MOVES,
    REFUND_MOVES,
    AttemptState,
    RefundState,
    ask_times,
    resend_pause,
)

START = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize("minutes", [5, 10, 15, 30, 60])
def test_a_payment_is_asked_about_within_five_minutes(minutes: int) -> None:
    end = START + timedelta(minutes=minutes)
    times = [at for at in ask_times(START, end) if at <= end]

    early = [START + timedelta(minutes=each) for each in (1, 2, 4, 8)]
    assert times[:4] == sorted({*[at for at in early if at < end], end})[: len(times[:4])]
    assert max(after - before for before, after in pairwise([START, *times])) < timedelta(minutes=5)
    assert end in times


def test_late_money_is_looked_for_until_the_next_day() -> None:
    end = START + timedelta(minutes=10)
    times = ask_times(START, end)

    assert times == sorted(set(times))
    assert times[-1] == end + timedelta(days=1)


def test_no_attempt_ever_moves_in_a_circle() -> None:
    rank = ["created", "sent", "pending", "expired", "failed", "review", "captured"]
    for state, targets in ATTEMPT_MOVES.items():
        for target in targets:
            forward = rank.index(target) > rank.index(state)
            assert forward or (state, target) == (AttemptState.REVIEW, AttemptState.FAILED)
    assert ATTEMPT_MOVES[AttemptState.CAPTURED] == frozenset()
    assert set(ATTEMPT_MOVES) == set(AttemptState)


def test_a_refused_refund_stays_refused() -> None:
    assert REFUND_MOVES[RefundState.REFUSED] == frozenset()
    assert set(REFUND_MOVES) == set(RefundState)


def test_a_refund_is_sent_again_in_growing_pauses() -> None:
    pauses = [resend_pause(step) for step in range(20)]
    assert pauses == sorted(pauses)
    assert pauses[0] == timedelta(seconds=30)
    assert pauses[-1] == timedelta(hours=1)
