"""Charts as a server draws them: a few numbers for an SVG, right without any script."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

WIDTH = 600
HEIGHT = 120
_GAP = 0.18  # of a point's room, on both sides of its bars

Values = Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Bar:
    """One column, in the drawing's own units."""

    x: float
    y: float
    width: float
    height: float
    is_before: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """What an SVG of `WIDTH` × `HEIGHT` shows; paths are written as its ``d``."""

    bars: Sequence[Bar] = ()
    path: str = ""
    area: str = ""
    path_before: str = ""
    width: int = WIDTH
    height: int = HEIGHT


def bars(values: Values, before: Values) -> Drawing:
    """Two columns for each point: before, and now."""
    room = WIDTH / max(1, len(values))
    sizes = room, room * (1 - 2 * _GAP) / 2, _top(values, before)
    pairs = enumerate(zip(values, before, strict=True))
    return Drawing([one for number, pair in pairs for one in _pair(number, pair, sizes)])


def line(values: Values, before: Values | None, *, from_zero: bool = True) -> Drawing:
    """A line with what lies below it, and a second one for the period before."""
    known = [one for one in (*values, *(before or ())) if one is not None]
    low = 0.0 if from_zero or not known else min(known)
    top = _top(values, before or ())
    if top == low:
        top = low + 1
    points = list(_points(values, low, top))
    path = _joined(points)
    return Drawing(
        path=path,
        area=f"{path}L{points[-1][0]:g} {HEIGHT}L{points[0][0]:g} {HEIGHT}Z" if points else "",
        path_before=_joined(list(_points(before, low, top))) if before else "",
    )


def _pair(
    number: int, pair: tuple[float | None, float | None], sizes: tuple[float, float, float]
) -> Iterator[Bar]:
    room, width, top = sizes
    left = number * room + room * _GAP
    for place, height in enumerate(reversed(pair)):
        high = round(HEIGHT * (height or 0) / top, 2)
        x = round(left + place * width, 2)
        yield Bar(x, round(HEIGHT - high, 2), round(width, 2), high, is_before=place == 0)


def _points(values: Values, low: float, top: float) -> Iterator[tuple[float, float]]:
    """Points that are known; a line goes straight over those that are not."""
    steps = max(1, len(values) - 1)
    for number, value in enumerate(values):
        if value is not None:
            share = (value - low) / (top - low)
            yield round(WIDTH * number / steps, 2), round(HEIGHT - 4 - (HEIGHT - 8) * share, 2)


def _joined(points: Sequence[tuple[float, float]]) -> str:
    return "".join(f"{'L' if number else 'M'}{x:g} {y:g}" for number, (x, y) in enumerate(points))


def _top(values: Values, before: Values) -> float:
    return max([one for one in (*values, *before) if one is not None], default=0) or 1.0
