"""What one try comes to, and what came of all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from typing_extensions import override

NEAR = 3
"""So many other hours are named to whoever loses one."""


@dataclass(frozen=True)
class Outcome:
    """What one try came to; ``near``: how many other hours a refusal named, if that was seen."""

    won: bool
    near: int | None = None


Try = Callable[[datetime], Outcome]


@dataclass
class Racer:
    """Somebody who tries by one path until they win; ``again``: then as somebody new.

    ``once``: has one try only, whatever comes of it.
    """

    path: str
    attempt: Try
    again: bool = False
    once: bool = False


@dataclass
class Figures:
    """What came of a race."""

    tries: int = 0
    slots: int = 0
    seconds: float = 0.0
    won: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    taken: int = 0
    overlaps: int = 0
    without_near: int = 0
    refusals: int = 0  # whose other hours were counted
    faults: list[str] = field(default_factory=list)
    repeats: int = 0
    effects: int = 0
    audited: int = 0  # accounts

    @property
    def is_right(self) -> bool:
        """Whether every hour was won once, and one key had one effect."""
        once = sum(self.won.values()) == self.taken == self.slots
        clean = not (self.overlaps or self.without_near or self.faults) and self.refusals > 0
        return once and clean and (self.effects == 1 or not self.repeats)

    @override
    def __str__(self) -> str:
        """The report."""
        paths = ", ".join(
            f"{path} {self.won[path]} of {self.won[path] + self.lost[path]}"
            for path in sorted({*self.won, *self.lost})
        )
        lines = [
            f"{self.tries} tries on {self.slots} hours in {self.seconds:.1f} s",
            f"{sum(self.won.values())} won, {self.taken} taken, {self.overlaps} overlaps",
            f"won by path: {paths}",
            f"{self.refusals} refusals looked at, {self.without_near} without three near hours",
            f"{self.audited} accounts audited; faults: {len(self.faults)}",
        ]
        if self.repeats:
            lines.append(f"{self.repeats} repeats of one key: {self.effects} booking")
        return "\n".join([*lines, *self.faults[:5]])

    def add(self, part: Figures) -> None:
        """Count one thread's part."""
        self.won += part.won
        self.lost += part.lost
        self.without_near += part.without_near
        self.refusals += part.refusals
        self.faults += part.faults
