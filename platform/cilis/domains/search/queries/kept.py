"""Counts of broad questions, kept for a moment.

Whoever narrows nothing yet, or little, is counted over very many experts, and asks what others
have just asked; the next page of a list asks the same once more. Such counts may be some seconds
old, as an index beside us may be. Those of few experts are never kept: they are quick, and there
one more or less is seen.
"""

from __future__ import annotations

import dataclasses
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

from cilis.domains.search.types import Facets, Question, Sort
from cilis.infra.tenancy import current_tenant

COUNTED_UP_TO = 20_000
"""Experts that are looked at, at most, to count."""

SECONDS = 10.0
BROAD = 2_000
"""Experts looked at, from which counts are kept."""

_MOST = 500
_Key = tuple[str, str, Question]


@dataclass(frozen=True, slots=True)
class Counted:
    """The total, the facets, and how many experts were looked at."""

    total: int
    facets: Facets | None
    looked_at: int

    @property
    def exact(self) -> bool:
        """Whether all were looked at."""
        return self.looked_at < COUNTED_UP_TO

    def total_beside(self, shown: int) -> int:
        """The total, or as many as are shown where fewer were met while counting."""
        return self.total if self.exact else max(self.total, shown)


_lock = threading.Lock()
_found: OrderedDict[_Key, tuple[float, Counted]] = OrderedDict()


def kept(engine: str, question: Question) -> Counted | None:
    """What was counted for this question a moment ago; None: count it."""
    if question.words:
        return None
    with _lock:
        at, counted = _found.get(_key(engine, question), (0.0, None))
    return counted if time.monotonic() - at < SECONDS else None


def keep(engine: str, question: Question, counted: Counted) -> Counted:
    """Keep counts that are worth it; returns them."""
    if not question.words and counted.looked_at >= BROAD:
        with _lock:
            key = _key(engine, question)
            _found[key] = time.monotonic(), counted
            _found.move_to_end(key)
            while len(_found) > _MOST:
                _found.popitem(last=False)
    return counted


def forget() -> None:
    """Count anew; for tests."""
    with _lock:
        _found.clear()


def _key(engine: str, question: Question) -> _Key:
    """Order and place in the list make no difference to counts."""
    plain = dataclasses.replace(question, sort=Sort.BEST, cursor=None, limit=0)
    return engine, current_tenant().id, plain
