"""A question's words as a condition, and what they are worth; the numbers hold for all engines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, TSQUERY

from cilis.domains.search.models import SearchCard
from cilis.domains.search.types import Matched, Part, Terms

Condition = sa.ColumnElement[bool]

# What a typed word is worth by where it stands, and another word for the same; whole numbers, so
# that every engine's sum is the same. Beside them stands an expert's standing, 0 to `STANDING`,
# once for each part of the question.
WORTH = {"A": 5000, "B": 2000, "C": 1000, "D": 500}
SAID_OTHERWISE = {"A": 4000, "B": 1600, "C": 800, "D": 400}
WRITTEN_SO = 1250
STANDING = 1000


@dataclass(frozen=True, slots=True)
class Words:
    """How the typed words are to be taken.

    ``near``: experts spelled nearly so, with what that is worth, 0 to `WORTH` of a name.
    """

    terms: Terms | None = None
    matched: Matched = Matched.ALL
    near: Mapping[UUID, int] = field(default_factory=dict)

    @property
    def share_of_standing(self) -> int:
        """How often an expert's standing counts beside the words."""
        return len(self.terms.parts) if self.terms and self.matched is not Matched.NEAR else 1

    def condition(self) -> Condition:
        """Cards that the words fit; everything without words."""
        if self.terms is None:
            return sa.true()
        if self.matched is Matched.NEAR:
            return SearchCard.expert_id.in_(list(self.near))
        some = self.matched is Matched.SOME
        return has_words(SearchCard.words, self.terms.some if some else self.terms.every)

    def relevance(self) -> sa.ColumnElement[int]:
        """How well the words fit, and after that how well the expert stands."""
        standing = sa.cast(
            sa.func.round(SearchCard.standing * sa.literal(STANDING, sa.Double)), sa.BigInteger
        )
        return self._worth() + standing * sa.literal(self.share_of_standing, sa.BigInteger)

    def _worth(self) -> sa.ColumnElement[int]:
        if self.terms is None:
            return _whole(0)
        if self.matched is Matched.NEAR:
            known = sa.literal({str(one): worth for one, worth in self.near.items()}, JSONB)
            found = known.op("->>")(sa.cast(SearchCard.expert_id, sa.Text))
            return sa.func.coalesce(sa.cast(found, sa.BigInteger), 0, type_=sa.BigInteger())
        worth = sum((self._worth_of(part) for part in self.terms.parts), _whole(0))
        if not self.terms.exact:
            return worth
        bonus = _whole(WRITTEN_SO * len(self.terms.parts))
        written = has_words(SearchCard.words, self.terms.exact)
        return worth + sa.case((written, bonus), else_=_whole(0))

    def _worth_of(self, part: Part) -> sa.ColumnElement[int]:
        """What one part is worth where it stands best, as typed or said otherwise."""
        places: list[tuple[Condition, sa.ColumnElement[int]]] = []
        for weight in "ABC":
            places += _places(SearchCard.head, part, weight, weight)
        somewhere = _places(SearchCard.words, part, "", "D")
        if self.matched is Matched.SOME:
            return sa.case(*places, *somewhere, else_=_whole(0))
        *asked, (_, least) = somewhere  # the last is what is left: it is in all cards that fit
        return sa.case(*places, *asked, else_=least)


def _places(
    vector: sa.SQLColumnExpression[str], part: Part, weight: str, worth: str
) -> list[tuple[Condition, sa.ColumnElement[int]]]:
    found = [(has_words(vector, part.asked(weight)), _whole(WORTH[worth]))]
    if part.others:
        otherwise = has_words(vector, part.said_otherwise(weight))
        found.append((otherwise, _whole(SAID_OTHERWISE[worth])))
    return found


def has_words(vector: sa.SQLColumnExpression[str], query: str) -> Condition:
    """Whether a vector fits a tsquery that we wrote ourselves: letters and digits only."""
    return vector.op("@@", return_type=sa.Boolean())(tsquery(query))


def _whole(number: int) -> sa.ColumnElement[int]:
    return sa.literal(number, sa.BigInteger)


def tsquery(text: str) -> sa.ColumnElement[str]:
    """A tsquery that we wrote ourselves; its words are letters and digits only."""
    return sa.cast(sa.literal(text), TSQUERY)
