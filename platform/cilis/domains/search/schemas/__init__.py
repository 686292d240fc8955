"""What the room reads and writes over HTTP."""

from cilis.domains.search.schemas.received import (
    QuestionArgs,
    SuggestionArgs,
    SynonymsFormSchema,
    SynonymsWishSchema,
    question,
)
from cilis.domains.search.schemas.shown import (
    ResultsSchema,
    SuggestionsSchema,
    SynonymsListSchema,
    SynonymsSchema,
    results_out,
    suggestions_out,
)

__all__ = [
    "QuestionArgs",
    "ResultsSchema",
    "SuggestionArgs",
    "SuggestionsSchema",
    "SynonymsFormSchema",
    "SynonymsListSchema",
    "SynonymsSchema",
    "SynonymsWishSchema",
    "question",
    "results_out",
    "suggestions_out",
]
