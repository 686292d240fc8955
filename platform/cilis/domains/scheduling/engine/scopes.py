"""Hours that are kept for one way of meeting, or one place of it.

They are dealt out before anything is counted: an expert with such hours becomes one expert for
each way that is asked for, with the hours of that way and all that is taken. The arithmetic of
`starts` never hears of it, and where nothing is kept, nothing is done.
"""

from __future__ import annotations

import numpy as np

from cilis.domains.scheduling.engine.columns import Asks, Diaries, of_experts
from cilis.domains.scheduling.engine.zones import Ints

ANY = 0
_MODES = 16


def scope_of(mode: int, place: int = 0) -> int:
    """A way of meeting (from 1 to 15) as one number, at a place (from 1) or at any (0)."""
    return mode + _MODES * place


def dealt_out(diaries: Diaries, asks: Asks) -> tuple[Diaries, Asks]:
    """The same question about hours of which each is for every session of its expert."""
    only = diaries.only
    if only is None:
        return diaries, asks
    keeps = np.zeros(len(diaries.zones), dtype=bool)
    keeps[diaries.rules[only.rules != ANY, 0]] = True
    keeps[diaries.exceptions[only.exceptions != ANY, 0]] = True
    wanted = np.where(keeps[asks.expert], asks.scope, ANY)
    pairs, number = np.unique(np.stack((asks.expert, wanted)), axis=1, return_inverse=True)
    dealt = Diaries(
        _dealt(diaries.rules, pairs, only.rules),
        _dealt(diaries.exceptions, pairs, only.exceptions),
        _dealt(diaries.busy, pairs),
        [diaries.zones[expert] for expert in pairs[0].tolist()],
        _dealt(diaries.full, pairs),
    )
    return dealt, asks._replace(expert=number.reshape(-1))


def _dealt(rows: Ints, pairs: Ints, scopes: Ints | None = None) -> Ints:
    """Every row once for each (expert, scope) that it is for, numbered by those."""
    order = np.argsort(rows[:, 0], kind="stable")
    number, at = of_experts(rows[order, 0], pairs[0])
    at = order[at]
    if scopes is not None:
        kept, asked = scopes[at], pairs[1][number]
        fits = (kept == ANY) | (kept == asked) | (kept == asked % _MODES)
        number, at = number[fits], at[fits]
    found = rows[at]  # a copy: the rows of the question stay as they are
    found[:, 0] = number
    return np.asarray(found, dtype=np.int64)
