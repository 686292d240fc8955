"""Pages of text, blocks of the home page, questions, announcements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

ByLanguage = Mapping[str, str]


class PagePlace(StrEnum):
    """Where a page of text is linked."""

    MENU = "menu"
    FOOTER = "footer"
    NOWHERE = "nowhere"


class BlockKind(StrEnum):
    """What a block of the home page shows. Of the first six there is one each."""

    HERO = "hero"
    FIELDS = "fields"
    EXPERTS = "experts"
    STEPS = "steps"
    REVIEWS = "reviews"
    QUESTIONS = "questions"
    TEXT = "text"
    QUOTE = "quote"


class Audience(StrEnum):
    """Whom an announcement is for."""

    EVERYBODY = "everybody"
    CLIENTS = "clients"
    EXPERTS = "experts"
    STAFF = "staff"


class Tone(StrEnum):
    """How an announcement looks, always with words and an icon as well."""

    INFO = "info"
    POSITIVE = "positive"
    CAUTION = "caution"
    NEGATIVE = "negative"


FREE_KINDS = (BlockKind.TEXT, BlockKind.QUOTE)
"""Blocks of which there may be several, made and removed at will."""

BLOCK_TEXTS: Mapping[BlockKind, Mapping[str, str]] = {
    BlockKind.HERO: {"title": "home_title", "about": "home_about", "hint": "search_hint"},
    BlockKind.FIELDS: {"title": "fields_title"},
    BlockKind.EXPERTS: {"title": "experts_title"},
    BlockKind.STEPS: {
        "title": "steps_title",
        **{f"{part}{n}": f"step{n}_{part}" for n in (1, 2, 3) for part in ("title", "text")},
    },
    BlockKind.REVIEWS: {"title": "reviews_title"},
    BlockKind.QUESTIONS: {"title": "questions_title"},
    BlockKind.TEXT: {"title": "", "body": ""},
    BlockKind.QUOTE: {"quote": "", "author": ""},
}
"""The texts of each kind, and the organization's own text that stands there before that."""

LONG_TEXTS = frozenset({"about", "text1", "text2", "text3", "body", "quote"})

ROLES_OF: Mapping[Audience, frozenset[str]] = {
    Audience.CLIENTS: frozenset({"client"}),
    Audience.EXPERTS: frozenset({"expert"}),
    Audience.STAFF: frozenset({"admin", "support"}),
}
MOST_BLOCKS = 30
MOST_QUESTIONS = 40


@dataclass(frozen=True, slots=True)
class PageLink:
    """What a footer or a menu needs of a page; ``title`` by language."""

    slug: str
    title: ByLanguage


@dataclass(frozen=True, slots=True)
class Page:
    """One page of text: title and Markdown by language."""

    slug: str
    title: ByLanguage
    body: ByLanguage
    place: PagePlace = PagePlace.FOOTER
    is_shown: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PageWish:
    """What an admin wants a page to be."""

    slug: str
    title: ByLanguage
    body: ByLanguage
    place: PagePlace = PagePlace.FOOTER
    is_shown: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """One question and its answer; ``answer`` is HTML made safe, by language."""

    question: ByLanguage
    answer: ByLanguage


@dataclass(frozen=True, slots=True)
class QuestionText:
    """One question and its answer as they are written (Markdown), by language."""

    question: ByLanguage
    answer: ByLanguage


@dataclass(frozen=True, slots=True)
class Block:
    """One block of the home page. ``key`` is its kind's name, or its own for free kinds."""

    key: str
    kind: BlockKind
    is_shown: bool = True
    texts: Mapping[str, ByLanguage] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncementWish:
    """What an admin announces: from when until when, to whom."""

    texts: ByLanguage
    starts_at: datetime
    ends_at: datetime | None = None
    audience: Audience = Audience.EVERYBODY
    tone: Tone = Tone.INFO
    is_dismissable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement(AnnouncementWish):
    """An announcement that is kept."""

    id: UUID

    def concerns(self, roles: frozenset[str]) -> bool:
        """Whether somebody with these roles is its audience."""
        wanted = ROLES_OF.get(self.audience)
        return wanted is None or not wanted.isdisjoint(roles)

    def is_on(self, now: datetime) -> bool:
        """Whether its time has come and is not over."""
        return self.starts_at <= now and (self.ends_at is None or now < self.ends_at)


@dataclass(frozen=True, slots=True)
class Frame:
    """What every page shows of the room: links, and announcements of now and soon."""

    menu: Sequence[PageLink] = ()
    footer: Sequence[PageLink] = ()
    announcements: Sequence[Announcement] = ()
