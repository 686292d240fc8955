"""A page of experts as people see it: found, read again, and full."""

from __future__ import annotations

from dataclasses import replace

from cilis.domains.search.queries.engine import find
from cilis.domains.search.queries.hits import hits
from cilis.domains.search.queries.meant import meant
from cilis.domains.search.types import Hit, Question, Results
from cilis.infra.db import reading

_ROUNDS = 3


def shown(question: Question) -> tuple[Results, list[Hit]]:
    """One page of experts with their true times, and where the next page begins.

    Who was found and has just gone is left out, and those who come next take the place, so that
    a page is short only where the list ends (or where very many went at once). The total stays
    what was counted.

    Raises:
        InvalidInput: an unknown ``topic``, or a ``cursor`` of another list.
    """
    results = find(question)
    with reading() as session:
        found = hits(session, results.ids, question)
    results = replace(results, suggestion=meant(question, results, found, find))
    for _ in range(_ROUNDS):
        lacking = question.limit - len(found)
        if lacking <= 0 or results.next_cursor is None:
            break
        wanted = replace(question, cursor=results.next_cursor, limit=lacking, facets=False, grid=())
        more = find(wanted)
        with reading() as session:
            found += hits(session, more.ids, wanted)
        results = replace(results, ids=(*results.ids, *more.ids), next_cursor=more.next_cursor)
    return results, found
