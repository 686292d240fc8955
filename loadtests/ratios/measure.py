"""Measures ours against a baseline of our own: interleaved rounds in one run, median and spread."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

ROUNDS = 7


@dataclass(frozen=True)
class Ratio:
    """One line of the table; ``value`` is ours ÷ baseline, in the unit that is named."""

    name: str
    value: float
    goal: float
    better: Literal["higher", "lower"]
    ours: float
    baseline: float
    unit: str
    rounds: int
    spread: float

    @property
    def reached(self) -> bool:
        """Whether the goal is met."""
        return self.value >= self.goal if self.better == "higher" else self.value <= self.goal

    def row(self) -> dict[str, Any]:
        """As it stands in results.json."""
        return asdict(self)


def per_second(work: Callable[[], object], count: int) -> float:
    """How often the work can be done in a second, over ``count`` times."""
    began = time.perf_counter()
    for _ in range(count):
        work()
    return count / (time.perf_counter() - began)


def seconds(work: Callable[[], object], count: int = 1) -> float:
    """How long the work takes once, over ``count`` times."""
    began = time.perf_counter()
    for _ in range(count):
        work()
    return (time.perf_counter() - began) / count


def compare(
    name: str,
    goal: float,
    better: Literal["higher", "lower"],
    unit: str,
    ours: Callable[[], float],
    baseline: Callable[[], float],
) -> Ratio:
    """Run both in turn and take the median of the ratios pair by pair."""
    ours(), baseline()  # warm
    pairs = [(ours(), baseline()) for _ in range(ROUNDS)]
    ratios = sorted(mine / theirs for mine, theirs in pairs)
    sys.stderr.write(f"  {name}: {statistics.median(ratios):.3g}\n")
    return Ratio(
        name=name,
        value=statistics.median(ratios),
        goal=goal,
        better=better,
        ours=statistics.median(mine for mine, _ in pairs),
        baseline=statistics.median(theirs for _, theirs in pairs),
        unit=unit,
        rounds=ROUNDS,
        spread=ratios[-1] / ratios[0] if ratios[0] else 0.0,
    )
