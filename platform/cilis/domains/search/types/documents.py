"""The form of an expert in Elasticsearch: the card and its services, in one document.

Words are cut and folded by `types.words` before they get there, so they are kept as they are
(keyword) and nothing is analyzed. Services are nested: length, price and time have to fit one and
the same, and a service knows its own starts. Times are minutes since 1970. Only what every server
of version 8 has is used.
"""

from __future__ import annotations

from typing import Any

KIND = "experts"

# Kept for questions alone: neither sorted by nor counted.
_WORDS = {"type": "keyword", "doc_values": False}
_KEYWORD = {"type": "keyword"}
_NUMBERS = {"type": "long", "index": False}

MAPPING: dict[str, Any] = {
    "_meta": {"form": 3},  # raise it with every change: an index half built is then begun anew
    "dynamic": "strict",
    "_routing": {"required": True},
    "_source": {"includes": ["tenant", "expert_id", "fuzzy"]},  # all else is read from the truth
    "properties": {
        "tenant": _KEYWORD,
        "expert_id": _KEYWORD,
        "listed": {"type": "boolean"},
        "words": _WORDS,
        "words_a": _WORDS,
        "words_b": _WORDS,
        "words_c": _WORDS,
        "trigrams": _WORDS,
        "fuzzy": {"type": "keyword", "index": False, "doc_values": False},
        "topic_ids": _KEYWORD,
        "languages": _KEYWORD,
        "country": _KEYWORD,
        "verified": {"type": "boolean"},
        "rating": {"type": "double"},
        "stars": {"type": "double"},
        "standing": {"type": "double"},
        "standing_points": {"type": "integer"},
        "experience_years": {"type": "integer"},
        "price_min": {"type": "long"},
        "modes": _KEYWORD,
        "durations": {"type": "integer"},
        "next_start": {"type": "long"},
        "offers": {
            "type": "nested",
            "properties": {
                "words": _WORDS,
                "name_key": {"type": "keyword", "ignore_above": 8000},
                "name_label": {"type": "keyword", "ignore_above": 8000},
                "minutes": {"type": "integer"},
                "mode": _KEYWORD,
                "price": {"type": "long"},
                "next_start": {"type": "long"},
                "step": {"type": "integer", "index": False},
                # A row of starts, once to be met by a range and once to be looked at closely.
                "free": {"type": "long_range"},
                "since": _NUMBERS,
                "until": _NUMBERS,
            },
        },
    },
}
