from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from cilis.domains.search.types import (
    RING,
    cut,
    day_part,
    either,
    grid,
    instant,
    minute,
    nearness,
    ring,
    runs,
    spans,
    terms,
    tokens,
    vector,
)

NOW = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)


def fits(starts: list[datetime], *windows: tuple[datetime, datetime]) -> bool:
    bits, part = ring(starts), cut(spans(windows, NOW))
    mask = either(part.touched)
    assert part.is_exact
    assert (len(bits), len(mask)) == (RING, part.length)
    straight = (bits + bits)[part.first : part.first + part.length]
    return bool(int(straight, 2) & int(mask, 2))


@given(
    st.integers(0, 61 * 48 - 1),
    st.integers(0, 61 * 48 - 1),
    st.integers(1, 96),
)
def test_a_ring_answers_as_comparing_does(start: int, since: int, length: int) -> None:
    half = timedelta(minutes=30)
    window = (NOW + since * half, NOW + min(since + length, 62 * 48) * half)
    assert fits([NOW + start * half], window) == (window[0] <= NOW + start * half < window[1])


@given(st.integers(0, 5_000), st.integers(0, 5_000), st.integers(-30, 200))
def test_half_hours_say_sure_maybe_or_no(start: int, since: int, length: int) -> None:
    at = NOW + timedelta(minutes=start)
    window = (NOW + timedelta(minutes=since), NOW + timedelta(minutes=since + length))
    bits, part = ring([at]), cut(spans([window], NOW))
    straight = int((bits + bits)[part.first : part.first + part.length], 2)
    inside = window[0] <= at < window[1]
    if straight & int(part.whole[0], 2):
        assert inside
    if inside:
        assert straight & int(part.touched[0], 2)


@given(st.sets(st.integers(0, 2_000)))
def test_rows_of_equal_steps_lose_no_start(minutes: set[int]) -> None:
    starts = [NOW + timedelta(minutes=one) for one in sorted(minutes)]
    found = runs(starts)
    again = [
        instant(one)
        for since, until in zip(found.since, found.until, strict=True)
        for one in range(since, until + 1, found.step)
    ]
    assert again == starts
    assert all(minute(start) == start.timestamp() / 60 for start in starts)


def test_nearness() -> None:
    assert nearness("dung", "nguyen van dung luat") == 1.0
    assert nearness("ngueyn van dung", "bui duc thinh") < 0.2
    assert 0.45 < nearness("ngueyn van dung", "hoa giai nguyen van dung") < 1
    assert nearness("", "x") == nearness("x", "") == 0.0
    scattered = nearness("anna berta", "anna und viele andere worte stehen hier vor berta")
    assert scattered < nearness("anna berta", "anna berta")


def test_the_past_and_the_far_future_fit_nothing() -> None:
    day = timedelta(days=1)
    starts = [NOW + day * number for number in range(62)]
    assert not fits(starts, (NOW - 9 * day, NOW - day))
    assert not fits(starts, (NOW + 63 * day, NOW + 90 * day))


@given(st.text(max_size=80))
def test_any_text_can_be_asked_for(text: str) -> None:
    found = terms(text)
    assert (found is None) == (not tokens(text)) or found is None
    if found:
        assert "'" not in found.folded
        assert found.every.count("'") % 2 == 0
    assert vector([("A", text, ("en", "de"))]).count("'") % 2 == 0


def test_a_grid_is_told_in_ones_own_zone() -> None:
    zone = ZoneInfo("Europe/Berlin")
    parts = grid(date(2026, 3, 28), 2, zone)  # the clocks go forward in the second night
    assert [part.key for part in parts][:3] == [
        "2026-03-28.morning",
        "2026-03-28.afternoon",
        "2026-03-28.evening",
    ]
    assert parts[0].window[0] == datetime(2026, 3, 28, 4, tzinfo=UTC)
    assert parts[3].window[0] == datetime(2026, 3, 29, 3, tzinfo=UTC)
    assert day_part("2026-03-28.evening", zone) == parts[2]
    for wrong in ("", "2026-03-28", "2026-03-28.night", "x.evening", "9999-12-31.evening"):
        assert day_part(wrong, zone) is None
