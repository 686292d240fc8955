"""What was meant: words that find little, spelled as the organization itself spells them.

Its vocabulary is what every visitor may read: the names of fields and other words for them,
synonyms, and what the experts say who were found by what was typed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence

from cilis.domains import experts
from cilis.domains.search.queries.synonyms import synonyms
from cilis.domains.search.types import Hit, Matched, Question, Results
from cilis.domains.search.types.spelling import Vocabulary, is_known, respelled
from cilis.infra.db import reading

_LITTLE = 3


def meant(
    question: Question, results: Results, hits: Sequence[Hit], ask: Callable[[Question], Results]
) -> str:
    """Other words that find more than these did; "" when there are none, or enough was found.

    ``hits`` are those of the first page. ``ask`` proves a spelling before it is proposed.
    """
    exact = results.total if results.matched is Matched.ALL else 0
    if not question.words or question.cursor or exact > _LITTLE:
        return ""
    said = list(_said_of(hits))
    if is_known(question.words, Vocabulary(said)):  # then the rest need not be read
        return ""
    words = respelled(question.words, Vocabulary([*_said_by_the_organization(), *said]))
    if not words:
        return ""
    other = ask(dataclasses.replace(question, words=words, facets=False, grid=(), limit=1))
    return words if other.matched is Matched.ALL and other.total > exact else ""


def _said_by_the_organization() -> Iterator[str]:
    with reading() as session:
        roots, groups = experts.topics(session), synonyms(session)
    for root in roots:
        for topic in root.walk():
            yield from topic.names.values()
            yield from topic.aliases
    for group in groups:
        yield from group.words


def _said_of(hits: Sequence[Hit]) -> Iterator[str]:
    for hit in hits:
        yield hit.card.name
        yield from hit.card.headline.values()
        for terms in hit.services:
            yield from terms.name.values()
