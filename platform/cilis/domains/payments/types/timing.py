"""When gateways are asked, and asked again."""

from __future__ import annotations

from datetime import datetime, timedelta

_FEE_PAUSES = tuple(timedelta(hours=hours) for hours in (1 / 60, 1, 12, 48, 168))


def fee_pause(step: int) -> timedelta | None:
    """How long to wait before asking (again) what the company kept; None: not any more."""
    return _FEE_PAUSES[step] if step < len(_FEE_PAUSES) else None


_EARLY = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 4, 8))
_EVERY = timedelta(minutes=4)
_LATE = (
    timedelta(),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=1),
)


def ask_times(
    started_at: datetime, expires_at: datetime, *, by_hand: bool = False
) -> list[datetime]:
    """When the gateway is asked about an attempt that no notice has settled.

    Without a gateway (``by_hand``) nobody is asked: the one time is the attempt's end.

    1, 2, 4, 8, 12 … minutes after the start, then at the end and, for money that comes late,
    a few more times. No gap before the end is longer than four minutes, so that a payment is
    settled within five even if every notice is lost.
    """
    if by_hand:
        return [expires_at]
    times = [started_at + pause for pause in _EARLY]
    while times[-1] + _EVERY < expires_at:
        times.append(times[-1] + _EVERY)
    return [at for at in times if at < expires_at] + [expires_at + pause for pause in _LATE]


_REFUND_PAUSES = (
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
)


def refund_pause(step: int) -> timedelta:
    """How long to wait before asking again what became of an accepted refund."""
    return _REFUND_PAUSES[step] if step < len(_REFUND_PAUSES) else timedelta(days=1)


def resend_pause(step: int) -> timedelta:
    """How long to wait before a refund that did not get through is sent again."""
    return min(timedelta(seconds=30 << min(step, 10)), timedelta(hours=1))
