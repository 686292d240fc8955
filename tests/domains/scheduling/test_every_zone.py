"""Every change of every zone's clock from 2020 to 2040: the engine against the slow one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from tests.domains.scheduling.test_engine import Case, quickly, seconds, slowly

from cilis.domains.scheduling import engine

DAY = 86_400
FIRST, LAST = seconds(2020, 1, 1), seconds(2041, 1, 1)
ODD_HOURS = tuple(
    (weekday, *span, *engine.ALWAYS)
    for weekday in range(7)
    for span in ((0, 105), (120, 195), (210, 720), (1320, 1440))
)
"""All that night but for some quarters: most clocks change between midnight and three."""


@cache
def alike() -> dict[tuple[int, ...], list[str]]:
    """All zones of tzdata by how they tell the time at each midnight of those years."""
    midnights = [datetime.fromtimestamp(at, UTC) for at in range(FIRST, LAST, DAY)]
    found = defaultdict(list)
    for name in sorted(available_timezones() - {"localtime"}):
        zone = ZoneInfo(name)
        offsets = (at.astimezone(zone).utcoffset() or timedelta() for at in midnights)
        found[tuple(int(one.total_seconds()) for one in offsets)].append(name)
    return found


def changed(offsets: tuple[int, ...]) -> Iterator[int]:
    """The midnights before a change."""
    for number in range(len(offsets) - 1):
        if offsets[number] != offsets[number + 1]:
            yield FIRST + number * DAY


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_around_every_change() -> None:
    zones = alike()
    assert sum(map(len, zones.values())) > 450
    looked = 0
    for offsets, (name, *_) in zones.items():
        for midnight in changed(offsets):
            case = Case(
                name, ODD_HOURS, (), (), 45 * 60, 0, 0, 15 * 60,
                midnight - 6 * 3600, midnight + DAY + 6 * 3600,
            )  # fmt: skip
            assert quickly(case) == [slowly(case)], (name, datetime.fromtimestamp(midnight, UTC))
            looked += 1
    assert looked > 1_000


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_no_change_is_overlooked() -> None:
    """What the engine knows of a zone's changes is what the zone's own midnights tell."""
    for offsets, names in alike().items():
        known = {at for year in range(2020, 2041) for at in engine.changes(names[0], year)}
        for midnight in changed(offsets):
            assert any(midnight < at <= midnight + DAY for at in known), names[0]
