"""The names of a question's filters: all engines and the page know them by these."""

from __future__ import annotations

from enum import StrEnum

from cilis.domains.search.types.questions import Question


class Filter(StrEnum):
    """One thing that narrows a list, and that counts can leave out."""

    TOPIC = "topic"
    RATING = "rating"
    LANGUAGES = "languages"
    COUNTRY = "country"
    VERIFIED = "verified"
    PRICE = "price"
    TIME = "time"
    LENGTH = "length"
    MODE = "mode"


OF_SERVICE = (Filter.PRICE, Filter.TIME, Filter.LENGTH, Filter.MODE)
"""Those that one and the same service of an expert has to fit."""


def filters_of(question: Question) -> tuple[Filter, ...]:
    """The filters that are on, always in the same order."""
    on = {
        Filter.TOPIC: bool(question.topic_slug),
        Filter.RATING: question.rating_min is not None,
        Filter.LANGUAGES: bool(question.languages),
        Filter.COUNTRY: question.country is not None,
        Filter.VERIFIED: question.verified,
        Filter.PRICE: question.has_price,
        Filter.TIME: bool(question.times),
        Filter.LENGTH: question.duration_minutes is not None,
        Filter.MODE: question.mode is not None,
    }
    return tuple(name for name in Filter if on[name])
