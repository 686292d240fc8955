"""A question's filters and words as clauses. The tenant's is added where they are sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from cilis.domains.search.queries.words import (
    SAID_OTHERWISE,
    STANDING,
    WORTH,
    WRITTEN_SO,
    Words,
)
from cilis.domains.search.types import (
    LONGEST_STEP,
    OF_SERVICE,
    Filter,
    Matched,
    Phrase,
    Question,
    Span,
    Word,
    filters_of,
    spans,
)

Clause = dict[str, Any]
NOTHING: Clause = {"match_none": {}}
LISTED: Clause = {"term": {"listed": True}}

# A row of starts that a short span meets need not have a start in it: looked at to the minute.
_BEGINS = """
long step = doc['offers.step'].value;
long begin = doc['offers.since'].get(row);
long last = doc['offers.until'].get(row);
if (begin < since) { begin += ((since - begin + step - 1) / step) * step; }
if (last > until - 1) { last = until - 1; }
"""
_HAS_START = f"""
long since = params.since; long until = params.until;
for (int row = 0; row < doc['offers.since'].size(); row++) {{
  {_BEGINS}
  if (begin <= last) {{ return true; }}
}}
return false;
"""
_FIRST_START = f"""
long first = params.never;
for (int row = 0; row < doc['offers.since'].size(); row++) {{
  for (int at = 0; at < params.since.size(); at++) {{
    long since = params.since[at]; long until = params.until[at];
    {_BEGINS}
    if (begin <= last && begin < first) {{ first = begin; }}
  }}
}}
return first;
"""


def every(clauses: Iterable[Clause]) -> Clause:
    """All of these, without a score."""
    return {"bool": {"filter": list(clauses)}}


def either(clauses: Iterable[Clause]) -> Clause:
    """One of these is enough."""
    return {"bool": {"should": list(clauses), "minimum_should_match": 1}}


def offers(*clauses: Clause) -> Clause:
    """One service for which all of these hold."""
    return {"nested": {"path": "offers", "query": every(clauses)}}


def free_in(times: Sequence[Span]) -> Clause:
    """Of a service: a start in one of these spans."""
    real = [_free_in(span) for span in times if span[0] < span[1]]
    return either(real) if real else NOTHING


def _free_in(span: Span) -> Clause:
    since, until = span
    meets = {"range": {"offers.free": {"gte": since, "lte": until - 1, "relation": "intersects"}}}
    if until - since >= LONGEST_STEP:  # no row's steps are longer: one of them lies within
        return meets
    script = {"source": _HAS_START, "params": {"since": since, "until": until}}
    return every([meets, {"script": {"script": script}}])


def first_start_in(times: Sequence[Span], never: int) -> Mapping[str, Any]:
    """A script: the first start of a service in one of these spans."""
    params = {
        "since": [since for since, _ in times],
        "until": [until for _, until in times],
        "never": never,
    }
    return {"source": _FIRST_START, "params": params}


class Clauses:
    """The filters of one question, each by its name; see `conditions.Filters`."""

    def __init__(self, question: Question, topic_id: UUID | None, now: datetime) -> None:
        self.question = question
        self.times = spans(question.times, now)
        self.names = filters_of(question)
        every_one = {name: self._clause(name, topic_id) for name in self.names}
        self._plain = {name: one for name, one in every_one.items() if name not in OF_SERVICE}
        self._offer = {name: one for name, one in every_one.items() if name in OF_SERVICE}

    def without(self, *left_out: Filter) -> list[Clause]:
        """All filters but the named ones."""
        kept = [clause for name, clause in self._plain.items() if name not in left_out]
        fits = self.fitting_offer(*left_out)
        return [*kept, offers(*fits)] if fits else kept

    def fitting_offer(self, *left_out: Filter) -> list[Clause]:
        """What a service has to fit; empty if the question asks nothing of it."""
        return [clause for name, clause in self._offer.items() if name not in left_out]

    def _clause(self, name: Filter, topic_id: UUID | None) -> Clause:
        question = self.question
        if name is Filter.TIME:
            return free_in(self.times)
        if name is Filter.PRICE:
            bounds = {"gte": question.price_min, "lte": question.price_max}
            real = {bound: value for bound, value in bounds.items() if value is not None}
            return {"range": {"offers.price": real}}
        plain: dict[Filter, Clause] = {
            Filter.TOPIC: {"term": {"topic_ids": str(topic_id)}},
            Filter.RATING: {"range": {"rating": {"gte": question.rating_min}}},
            Filter.LANGUAGES: {"terms": {"languages": list(question.languages)}},
            Filter.COUNTRY: {"term": {"country": question.country}},
            Filter.VERIFIED: {"term": {"verified": True}},
            Filter.LENGTH: {"term": {"offers.minutes": question.duration_minutes}},
            Filter.MODE: {"term": {"offers.mode": question.mode}},
        }
        return plain[name]


def begins(field: str, part: str) -> Clause:
    """A folded word in a field that begins so."""
    return {"prefix": {field: part}}


def phrases(field: str, found: Iterable[Phrase]) -> Clause:
    """One of these phrases in a field."""
    return _one_of([_all_of([_word(field, word) for word in phrase]) for phrase in found])


def _word(field: str, word: Word) -> Clause:
    first, *others = word.forms
    known = {"prefix" if word.begun else "term": {field: first}}
    return _one_of([known, *({"term": {field: form}} for form in others)])


def _one_of(clauses: list[Clause]) -> Clause:
    return clauses[0] if len(clauses) == 1 else either(clauses)


def _all_of(clauses: list[Clause]) -> Clause:
    return clauses[0] if len(clauses) == 1 else every(clauses)


def fit(words: Words) -> list[Clause]:
    """Cards that the words fit."""
    if words.terms is None:
        return []
    if words.matched is Matched.NEAR:
        return [{"terms": {"expert_id": [str(one) for one in words.near]}}]
    parts = [phrases("words", (part.typed, *part.others)) for part in words.terms.parts]
    return [either(parts)] if words.matched is Matched.SOME else parts


def scored(words: Words, fitting: Clause) -> Clause:
    """The same cards with a score: how well the words fit, and the standing after that."""
    worth = _worth_of_near(words) if words.matched is Matched.NEAR else _worth(words)
    standing = {
        "field": "standing_points",
        "factor": words.share_of_standing,
        "missing": 0,
    }
    return {
        "function_score": {
            "query": {"bool": {"filter": [fitting], "should": worth}},
            "field_value_factor": standing,
            "boost_mode": "sum",
        }
    }


def standing_points(standing: float) -> int:
    """A standing of 0 to 1 in the points that are added to words."""
    return round(standing * STANDING)


def _worth(words: Words) -> list[Clause]:
    if words.terms is None:
        return []
    found: list[Clause] = []
    fields = {"words_a": "A", "words_b": "B", "words_c": "C", "words": "D"}
    for part in words.terms.parts:
        places = [
            _worth_so_much(phrases(field, said), worth[weight])
            for said, worth in (((part.typed,), WORTH), (part.others, SAID_OTHERWISE))
            if said
            for field, weight in fields.items()
        ]
        found.append({"dis_max": {"queries": places}})
    if words.terms.written:
        written = every({"term": {"words": one}} for one in words.terms.written)
        found.append(_worth_so_much(written, WRITTEN_SO * len(words.terms.parts)))
    return found


def _worth_of_near(words: Words) -> list[Clause]:
    alike: dict[int, list[str]] = {}
    for expert_id, worth in words.near.items():
        alike.setdefault(worth, []).append(str(expert_id))
    return [
        _worth_so_much({"terms": {"expert_id": found}}, worth) for worth, found in alike.items()
    ]


def _worth_so_much(clause: Clause, worth: int) -> Clause:
    return {"constant_score": {"filter": clause, "boost": worth}}
