"""Between values and form fields with names such as ``headline[vi]``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict

Errors = dict[str, list[str]]


class Typed(dict[str, Any]):
    """What stands in a form's fields; one that was never filled is empty."""

    def __missing__(self, name: str) -> str:
        """An empty field."""
        return ""


def typed(form: MultiDict[str, str], lists: Iterable[str] = ()) -> Typed:
    """What was typed, to show it again; ``lists`` are fields that occur several times."""
    found = Typed(
        {name: value for name, value in form.items() if name not in {"_csrf", "_key", "password"}}
    )
    found.update({name: [one for one in form.getlist(name) if one] for name in lists})
    return found


def bracketed(errors: Mapping[str, Sequence[str]]) -> Errors:
    """Errors by the names of fields: "headline.vi" becomes "headline[vi]"."""
    found: Errors = {}
    for dotted, codes in errors.items():
        head, *parts = dotted.split(".")
        if parts and parts[-1] in {"value", "key"}:
            parts.pop()
        name = head + "".join(f"[{part}]" for part in parts)
        found.setdefault(name, []).extend(codes)
    return found


def by_language(name: str, texts: Mapping[str, str]) -> dict[str, str]:
    """Translations as flat form values: {"headline[vi]": "…"}."""
    return {f"{name}[{language}]": text for language, text in texts.items()}


def stations(name: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Experience or education as flat form values."""
    flat: dict[str, str] = {}
    for place, row in enumerate(rows):
        start = f"{name}[{place}]"
        flat[f"{start}[from]"] = str(row.get("from") or "")
        flat[f"{start}[until]"] = str(row.get("until") or "")
        for part in ("title", "place"):
            flat |= by_language(f"{start}[{part}]", row.get(part) or {})
    return flat


def row_numbers(name: str, flat: Mapping[str, Any], empty: int) -> range:
    """The rows that are filled in a form, and so many empty ones after them."""
    filled = [
        int(key.split("[")[1].rstrip("]"))
        for key, value in flat.items()
        if key.startswith(f"{name}[") and value and key.split("[")[1].rstrip("]").isdigit()
    ]
    return range(max(filled, default=-1) + 1 + empty)
