"""What a question to Elasticsearch may not hold: parts that its query's filter does not bind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

# What a question may hold beside its query; and what would look past the query's filter.
_PARTS = frozenset(
    {"query", "post_filter", "aggs", "sort", "size", "search_after", "_source", "version"}
    | {"track_total_hits", "terminate_after"}
)
_ESCAPES = frozenset({"global", "index", "top_hits", "inner_hits", "suggest", "significant_terms"})


def refuse_escapes(question: Mapping[str, Any]) -> None:
    """A programmer's mistake that would look past the tenant's filter ends here."""
    strange = set(question) - _PARTS
    if strange:
        raise ValueError(f"not a part of a question: {', '.join(sorted(strange))}")
    for key in _keys(question):
        if key in _ESCAPES:
            raise ValueError(f"{key} would look past the tenant's filter")


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, below in value.items():
            yield key
            yield from _keys(below)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for below in value:
            yield from _keys(below)
