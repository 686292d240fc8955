"""A page of text, a link to one, a question with its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PageLink:
    """What a footer needs of a page; ``title`` by language."""

    slug: str
    title: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of text: title and Markdown by language."""

    slug: str
    title: Mapping[str, str]
    body: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Question:
    """One question and its answer; ``answer`` is HTML made safe, by language."""

    question: Mapping[str, str]
    answer: Mapping[str, str]
