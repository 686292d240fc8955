"""What the engine is told: columns of whole numbers, one row a rule, an exception, a question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cilis.domains.scheduling.engine.zones import Ints

ALWAYS = (-(10**6), 10**6)
"""First and last day, counted from 1970, of a rule without limits."""

NONE: Ints = np.empty((0, 3), dtype=np.int64)
_ANYHOW: Ints = np.zeros(1, dtype=np.int64)


class Only(NamedTuple):
    """For which sessions hours are kept: a scope for each rule, and one for each exception.

    Scopes are made by `scopes.scope_of`; 0 keeps hours for every session.
    """

    rules: Ints
    exceptions: Ints


class Diaries(NamedTuple):
    """What is known of each expert, as columns. The first column is the expert's number.

    ``rules``: expert, weekday, first minute, last minute, first day, last day.
    ``exceptions``: expert, day, first minute, last minute, 1 for extra and 0 for off.
    ``busy``: expert, from, until, buffers of those sessions included.
    ``zones``: the time zone of each expert, by number.
    ``full``: expert, from, until, of days that hold as many sessions as they may.
    ``only``: None where all hours are for every session, as with most experts.
    """

    rules: Ints
    exceptions: Ints
    busy: Ints
    zones: Sequence[str]
    full: Ints = NONE
    only: Only | None = None


class Asks(NamedTuple):
    """The services asked for, as columns: whose, how long, which buffers, grid and limits.

    Starts lie in [earliest, latest]; all but ``expert`` and ``scope`` are seconds. ``scope`` says
    how and where the service is held.
    """

    expert: Ints
    length: Ints
    before: Ints
    after: Ints
    step: Ints
    earliest: Ints
    latest: Ints
    scope: Ints = _ANYHOW


def of_experts(owner: Ints, wanted: Ints) -> tuple[Ints, Ints]:
    """Pairs (ask, row) of every row that belongs to the ask's expert; ``owner`` is sorted."""
    begin = np.searchsorted(owner, wanted, side="left")
    counts = np.searchsorted(owner, wanted, side="right") - begin
    ask = np.repeat(np.arange(len(wanted), dtype=np.int64), counts)
    before = np.cumsum(counts) - counts
    return ask, np.arange(len(ask), dtype=np.int64) + np.repeat(begin - before, counts)
