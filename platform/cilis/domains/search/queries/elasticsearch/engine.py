"""Elasticsearch as the engine. No transaction is open while it is asked.

A question costs a request for its page, one for its counts and one more for the histogram of
prices (it needs its ends first; two where a kind of service is named), and up to three more when
words have to be taken loosely; CILIS_ELASTICSEARCH_MS is for all of them together.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from cilis.domains.search.queries import completion
from cilis.domains.search.queries.asked import asked
from cilis.domains.search.queries.elasticsearch import counts
from cilis.domains.search.queries.elasticsearch.clauses import (
    LISTED,
    Clause,
    Clauses,
    every,
    first_start_in,
    fit,
    scored,
)
from cilis.domains.search.queries.elasticsearch.completion import begun, nearly
from cilis.domains.search.queries.kept import Counted, keep, kept
from cilis.domains.search.queries.marks import DESCENDING, last_of, mark
from cilis.domains.search.queries.postgresql import nothing_found, topic_id
from cilis.domains.search.queries.words import Words
from cilis.domains.search.types import (
    NEVER,
    Filter,
    Matched,
    PriceFacet,
    Question,
    Results,
    Sort,
    Suggestions,
    Terms,
    beginnings,
    instant,
    minute,
    terms,
)
from cilis.domains.search.types.documents import KIND
from cilis.infra.db import reading
from cilis.infra.search import SearchAway, TenantIndex, question_seconds
from cilis.kit import clock


class _Asking:
    """The tenant's index for the length of one answer, which has its limit."""

    def __init__(self) -> None:
        self.index = TenantIndex(KIND)
        self._until = time.monotonic() + question_seconds()

    @property
    def seconds(self) -> float:
        """What is left; raises SearchAway when nothing is."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise SearchAway("too slow")
        return left

    def search(self, question: Mapping[str, Any]) -> dict[str, Any]:
        return self.index.search(question, seconds=self.seconds)


class ElasticsearchEngine:
    """Answers from the tenant's part of an index; raises SearchAway when it cannot."""

    name = "elasticsearch"

    def find(self, question: Question) -> Results:
        """One page of ids in order, with counts if asked for."""
        topic, wished = _known(question)
        now, asking = clock.now(), _Asking()
        clauses = Clauses(question, topic, now)
        counted, words = kept(self.name, question), Words()
        if counted is None:
            words, found = _taken(asking, clauses, wished, now)
            counted = keep(self.name, question, _counted(asking, clauses, words, found))
        hits = asking.search(_of_page(clauses, words))["hits"]["hits"]
        ids, cursor = _page(question, words, hits)
        results = Results(
            ids=ids,
            total=counted.total_beside(len(ids)),
            total_is_exact=counted.exact,
            facets=counted.facets,
            next_cursor=cursor,
            matched=words.matched,
            engine=self.name,
        )
        if results.total or words.terms is None:
            return results
        others = asking.search(counts.bounded([LISTED, *clauses.without()], counts.ANYONE))
        meant = _complete(asking, question.words)
        without_words = others["aggregations"]["anyone"]["doc_count"]
        return nothing_found(question, results, without_words, meant)

    def complete(self, text: str) -> Suggestions:
        """What somebody who typed this far may mean."""
        return _complete(_Asking(), text)


def _complete(asking: _Asking, text: str) -> Suggestions:
    parts = beginnings(text)
    if not parts:
        return Suggestions()
    by_name, services = begun(asking.index, parts, asking.seconds)
    with reading() as session:
        found = completion.shown(session, text, by_name, services)
    wished = terms(text)
    if found or wished is None or len(wished.folded) < completion.SHORTEST_SLIP:
        return found
    near = nearly(asking.index, wished, asking.seconds)
    with reading() as session:
        return completion.from_near(session, list(near))


def _known(question: Question) -> tuple[UUID | None, Terms | None]:
    """What the database says of a question: its topic, its words in all their forms."""
    if not question.topic_slug and not question.words:
        return None, None
    with reading() as session:
        return topic_id(session, question.topic_slug), asked(session, question.words)


def _taken(
    asking: _Asking, clauses: Clauses, wished: Terms | None, now: datetime
) -> tuple[Words, dict[str, Any]]:
    """Take the words as they are if that finds anybody; else nearly so; else some of them.

    Returns what was counted with them.
    """

    def counted(words: Words) -> dict[str, Any]:
        sent = counts.bounded(_base(clauses, words), counts.asked(clauses, now))
        found: dict[str, Any] = asking.search(sent)["aggregations"]
        return found

    words = Words(wished)
    found = counted(words)
    if wished is None or found["anyone"]["doc_count"]:
        return words, found
    near = nearly(asking.index, wished, asking.seconds)
    if near:
        words = Words(wished, Matched.NEAR, near)
        return words, counted(words)
    some = Words(wished, Matched.SOME)
    other = counted(some)
    return (some, other) if other["anyone"]["doc_count"] else (words, found)


def _base(clauses: Clauses, words: Words) -> list[Clause]:
    """Whom counts look at: all whom the words fit, as they leave filters out one by one.

    Where only the total is asked for it is those who fit all filters.
    """
    question, fitting = clauses.question, [LISTED, *fit(words)]
    leaves_out = question.facets or question.grid or words.terms is not None
    return fitting if leaves_out else [*fitting, *clauses.without()]


def _counted(asking: _Asking, clauses: Clauses, words: Words, found: Mapping[str, Any]) -> Counted:
    facets = None
    if clauses.question.facets:
        facets = counts.facets(clauses, found, _prices(asking, clauses, words, found))
    return Counted(found["total"]["doc_count"], facets, found["anyone"]["doc_count"])


def _of_page(clauses: Clauses, words: Words) -> dict[str, Any]:
    question = clauses.question
    query = every([LISTED, *fit(words), *clauses.without()])
    if words.terms is not None and question.sort is Sort.BEST:
        query = scored(words, query)
    found: dict[str, Any] = {
        "query": query,
        "sort": _order(clauses, words),
        "size": question.limit + 1,
        "_source": ["expert_id"],
        "track_total_hits": False,
    }
    if question.cursor:
        value, last = last_of(question, has_words=words.terms is not None)
        found["search_after"] = [minute(value) if isinstance(value, datetime) else value, str(last)]
    return found


def _order(clauses: Clauses, words: Words) -> list[Any]:
    question = clauses.question
    way = "desc" if question.sort in DESCENDING else "asc"
    return [_key(clauses, words, way), {"expert_id": way}]


def _key(clauses: Clauses, words: Words, way: str) -> dict[str, Any]:
    """What the page is sorted by; of a service that fits, where the question asks for one."""
    sort = clauses.question.sort
    fits = clauses.fitting_offer()
    least: dict[str, Any] = {"order": way, "mode": "min"}
    if fits:
        least["nested"] = {"path": "offers", "filter": every(fits)}
    if sort is Sort.SOONEST:
        if clauses.question.times:
            script = first_start_in(clauses.times, minute(NEVER))
            return {"_script": {"type": "number", "script": script, **least}}
        return {"offers.next_start": least} if fits else {"next_start": way}
    if sort is Sort.PRICE:
        return {"offers.price": least} if fits else {"price_min": way}
    if sort is Sort.RATING:
        return {"stars": way}
    if sort is Sort.EXPERIENCE:
        return {"experience_years": way}
    return {"standing": way} if words.terms is None else {"_score": way}


def _page(
    question: Question, words: Words, hits: list[dict[str, Any]]
) -> tuple[tuple[UUID, ...], str | None]:
    shown = hits[: question.limit]
    ids = tuple(UUID(hit["_source"]["expert_id"]) for hit in shown)
    if len(hits) <= question.limit or not shown:
        return ids, None
    value = shown[-1]["sort"][0]
    if question.sort is Sort.SOONEST:
        value = instant(int(value))
    elif question.sort is Sort.BEST and words.terms is not None:
        value = int(value)  # a sum of whole numbers, told as a fraction
    return ids, mark(question, value, ids[-1])


def _prices(
    asking: _Asking, clauses: Clauses, words: Words, counted: Mapping[str, Any]
) -> PriceFacet | None:
    base, rest = _base(clauses, words), clauses.without(Filter.PRICE)
    fitting: list[Clause] = []
    if clauses.question.names_service:
        fitting = clauses.fitting_offer(Filter.PRICE)
        ends = counts.ends_of_services(asking.search(counts.of_service_ends(base, rest, fitting)))
    else:
        ends = counts.ends_of_prices(counted)
    if ends is None:
        return None
    steps = counts.price_steps(ends, fitting)
    answer = asking.search(counts.bounded(base, counts.among(rest, steps)))
    return counts.price_facet(ends, answer["aggregations"]["fitting"])
