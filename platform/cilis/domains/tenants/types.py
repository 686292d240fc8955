"""What an organization is, and what a pack of one holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from sqlalchemy.orm import Session


class PriceDisplay(StrEnum):
    """How prices are shown to clients; what is paid is the same."""

    GROSS = "gross"  # with the tax in them
    NET = "net"  # without it, and from the checkout on with the total beside it


@dataclass(frozen=True, slots=True)
class CancellationTier:
    """Until ``hours`` before the session, ``percent`` of the price comes back."""

    hours: int
    percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationPolicy:
    """Rules that an expert may choose for a service instead of the organization's own."""

    key: str
    names: Mapping[str, str]
    tiers: Sequence[CancellationTier] = ()
    no_show_percent: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What becomes of money when plans change, besides the tiers; bookings keep a copy.

    ``moves``: how often a client may move a session (None: as often as they like), until
    ``move_hours`` before it (None: as long as something comes back); ``other_service``: also to
    another service of the same expert. ``expert_percent`` comes back when the expert cancels;
    ``suggest``: three other times are offered then. ``refund_limits``: what one person of a role
    may give back of a payment by grace, in minor units; above it a second one must agree.
    """

    no_show_percent: int = 0
    expert_percent: int = 100
    suggest: bool = True
    moves: int | None = None
    move_hours: int | None = None
    other_service: bool = False
    policies: Sequence[CancellationPolicy] = ()
    refund_limits: Mapping[str, int] = field(default_factory=dict)

    def policy(self, key: str) -> CancellationPolicy | None:
        """The rules of this key, if services may choose them."""
        return next((one for one in self.policies if one.key == key), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesWish:
    """The whole of the rules as an admin wants them; without policies those stay."""

    cancellation: Sequence[CancellationTier]
    rules: Rules
    keep_policies: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """What the tenant's own people decide about their site: brand, words, money, rules.

    ``brand``: colour ("#0f6b57"), neutral (warm, cool, plain), font_text, font_display, and the
    storage keys logo_svg_key, logo_png_key (for mails) and icon_key. ``texts``: key -> language ->
    text. ``tax_name`` is by language. ``wording`` holds the tenant's own catalogues: language ->
    message id -> text.
    """

    name: str
    languages: Sequence[str] = ("en",)
    default_language: str = "en"
    currency: str = "EUR"
    time_zone: str = "UTC"
    country: str = ""
    mail_from: str = ""
    brand: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    legal: Mapping[str, str] = field(default_factory=dict)
    wording: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    cancellation: Sequence[CancellationTier] = (CancellationTier(24, 100),)
    tax_percent: int = 0
    tax_name: Mapping[str, str] = field(default_factory=dict)
    price_display: PriceDisplay = PriceDisplay.GROSS
    hold_minutes: int = 15
    answer_hours: int = 24
    rules: Rules = field(default_factory=Rules)
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandWish:
    """What an admin wants the organization to be called and to look like."""

    name: str
    colour: str
    neutral: str
    font_text: str
    font_display: str
    languages: Sequence[str]
    default_language: str
    legal: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PackTopic:
    """One field of a pack with the fields below it."""

    slug: str
    names: Mapping[str, str]
    icon: str = ""
    aliases: Sequence[str] = ()
    children: Sequence[PackTopic] = ()


@dataclass(frozen=True, slots=True)
class PackPage:
    """One page of text: titles and Markdown by language."""

    slug: str
    titles: Mapping[str, str]
    bodies: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PackQuestion:
    """One question with its answer (Markdown), by language."""

    questions: Mapping[str, str]
    answers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BrandFile:
    """A picture of the brand: what it is for, its bytes and their digest."""

    name: str  # its key in the brand: logo_svg_key, logo_png_key, icon_key
    content: bytes
    content_type: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """Everything that the folder ``tenants/<slug>`` says of an organization."""

    path: Path
    slug: str
    organization: Organization
    topics: Sequence[PackTopic]
    synonyms: Sequence[Sequence[str]]
    pages: Sequence[PackPage]
    questions: Sequence[PackQuestion]
    brand_files: Sequence[BrandFile]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that applying a pack does: add, change or remove ``what``."""

    part: str  # organization, brand, fields, synonyms, pages, questions
    act: str  # add, change, remove
    what: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What applying a pack would do, or has done."""

    slug: str
    changes: Sequence[Change]
    applied: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.changes


class PackPart(Protocol):
    """What a room does with its share of a pack.

    Called inside the one transaction of the pack with ``write`` set, or only to plan. Without a
    session the organization does not exist yet, so everything is new.
    """

    def __call__(self, session: Session | None, pack: Pack, *, write: bool) -> list[Change]:
        """List the changes, and make them if ``write``."""
        ...
