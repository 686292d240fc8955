from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from cilis.domains.search.types import RING, cut, day_part, grid, ring, terms, tokens, vector

NOW = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)


def fits(starts: list[datetime], *windows: tuple[datetime, datetime]) -> bool:
    bits, part = ring(starts), cut(windows, NOW)
    assert (len(bits), len(part.either)) == (RING, part.length)
    straight = (bits + bits)[part.first : part.first + part.length]
    return bool(int(straight, 2) & int(part.either, 2))


@given(
    st.integers(0, 61 * 48 - 1),
    st.integers(0, 61 * 48 - 1),
    st.integers(1, 96),
)
def test_a_ring_answers_as_comparing_does(start: int, since: int, length: int) -> None:
    half = timedelta(minutes=30)
    window = (NOW + since * half, NOW + min(since + length, 62 * 48) * half)
    assert fits([NOW + start * half], window) == (window[0] <= NOW + start * half < window[1])


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
    assert vector([("A", text)]).count("'") % 2 == 0


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
