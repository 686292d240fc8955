"""The open hours of single days on the wall clock, for people to look at."""

from __future__ import annotations

from collections.abc import Iterable

Span = tuple[int, int]
"""Minutes of a day, half-open."""


def open_spans(rules: Iterable[Span], off: Iterable[Span], extra: Iterable[Span]) -> list[Span]:
    """The rules less what is off, and the extra hours: sorted, disjoint, not touching.

    Extra hours win over hours off, as they do in `free_starts`.
    """
    return merged([*without(merged(rules), merged(off)), *extra])


def merged(spans: Iterable[Span]) -> list[Span]:
    """The union of spans: sorted, disjoint, not touching."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found


def without(spans: list[Span], barred: list[Span]) -> list[Span]:
    """What is left of the first spans beside the second ones; each are disjoint and sorted."""
    left: list[Span] = []
    for start, end in spans:
        at = start
        for low, high in barred:
            if high <= at or end <= low:
                continue
            if at < low:
                left.append((at, low))
            at = high
        if at < end:
            left.append((at, end))
    return left
