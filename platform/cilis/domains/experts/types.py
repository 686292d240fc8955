"""What the room speaks of: states, cards, profiles, terms of services, wishes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from cilis.kit.money import Money

MAX_SERVICES = 20
MAX_SAVED = 200
MAX_TOPICS = 12
MAX_DOCUMENTS = 20
MAX_DOCUMENT_BYTES = 10 * 1024 * 1024
MAX_TOPIC_DEPTH = 4
MAX_ALIASES = 30
MAX_PRICE_MINOR = 10**13


class ExpertState(StrEnum):
    """How far an expert is: only `published` ones are shown and booked."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    PUBLISHED = "published"
    SUSPENDED = "suspended"


class VerificationState(StrEnum):
    """Where a verification stands; approved, rejected and withdrawn are final."""

    SUBMITTED = "submitted"
    MORE_ASKED = "more_asked"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


OPEN_VERIFICATIONS = (VerificationState.SUBMITTED, VerificationState.MORE_ASKED)


class Decision(StrEnum):
    """What a reviewer may answer."""

    APPROVE = "approve"
    ASK = "ask"
    REJECT = "reject"


class DocumentKind(StrEnum):
    """What a paper proves."""

    IDENTITY = "identity"
    DEGREE = "degree"
    LICENCE = "licence"
    CERTIFICATE = "certificate"
    INSURANCE = "insurance"
    ADDRESS = "address"
    OTHER = "other"


class ServiceMode(StrEnum):
    """Where a session takes place."""

    VIDEO = "video"
    PHONE = "phone"
    IN_PERSON = "in_person"


@dataclass(frozen=True, slots=True)
class Topic:
    """One node of the tree of subjects, with its branches.

    ``names`` is by language; ``aliases`` are other words that people type for it.
    """

    id: UUID
    parent_id: UUID | None
    slug: str
    names: Mapping[str, str]
    icon: str
    position: int
    aliases: tuple[str, ...] = ()
    children: tuple[Topic, ...] = ()

    def walk(self) -> Iterator[Topic]:
        """This topic and everything below it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class ServiceTerms:
    """What a service takes and gives: the facts that calendars, bookings and prices need."""

    id: UUID
    expert_id: UUID
    name: Mapping[str, str] = field(hash=False)
    length: timedelta
    price: Money
    before: timedelta
    after: timedelta
    needs_acceptance: bool
    notice: timedelta
    window: timedelta
    time_zone: str
    person_id: UUID | None = None  # the expert's, where the terms are read to be booked
    mode: ServiceMode = ServiceMode.VIDEO
    place: str = ""  # the address of a session in person
    policy: str = ""  # key of its rules of cancelling; empty: the organization's


@dataclass(frozen=True, slots=True)
class ServiceOffer:
    """A service as its own page and its expert's desk show it."""

    terms: ServiceTerms
    description: Mapping[str, str]
    active: bool
    position: int

    @property
    def id(self) -> UUID:
        """The service's id."""
        return self.terms.id


@dataclass(frozen=True, slots=True)
class ExpertCard:
    """What every list shows of an expert. ``listed``: may be shown to visitors and booked."""

    id: UUID
    person_id: UUID
    slug: str
    name: str
    honorific: str
    headline: Mapping[str, str]
    picture_key: str | None
    rating: float | None
    rating_sum: int
    rating_count: int
    verified: bool
    languages: tuple[str, ...]
    topic_ids: tuple[UUID, ...]
    country: str
    time_zone: str
    experience_years: int
    state: ExpertState
    version: int

    @property
    def listed(self) -> bool:
        """Whether visitors may see and book this expert."""
        return self.state is ExpertState.PUBLISHED

    @property
    def title(self) -> str:
        """The name as it is shown, with its honorific: "ThS. Lê Hoàng Minh Thư"."""
        return f"{self.honorific} {self.name}".strip()


@dataclass(frozen=True, slots=True)
class Saved:
    """An expert in somebody's list, and since when."""

    expert_id: UUID
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class Proof:
    """A kind of paper that was checked, and when; never the paper itself."""

    kind: DocumentKind
    verified_at: datetime


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything a public page, the expert's desk or a reviewer reads of one expert."""

    card: ExpertCard
    biography: Mapping[str, str]
    experience: Sequence[Mapping[str, Any]]
    education: Sequence[Mapping[str, Any]]
    services: Sequence[ServiceOffer]
    topics: Sequence[Topic]
    proofs: Sequence[Proof]
    verified_at: datetime | None
    created_at: datetime

    @property
    def id(self) -> UUID:
        """The expert's id."""
        return self.card.id

    @property
    def offered(self) -> list[ServiceOffer]:
        """The services that can be booked."""
        return [offer for offer in self.services if offer.active]


@dataclass(frozen=True, slots=True)
class Readiness:
    """What is still missing before a profile may be submitted; codes, in the order to do them.

    ``advised`` would make the profile better, but nobody insists on it.
    """

    missing: tuple[str, ...]
    share: int
    advised: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether nothing is missing."""
        return not self.missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """A person's wish to become an expert."""

    name: str
    country: str
    time_zone: str
    languages: Sequence[str]
    honorific: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileChange:
    """New values of a profile; None leaves a field as it is."""

    name: str | None = None
    honorific: str | None = None
    headline: Mapping[str, str] | None = None
    biography: Mapping[str, str] | None = None
    languages: Sequence[str] | None = None
    country: str | None = None
    time_zone: str | None = None
    experience: Sequence[Mapping[str, Any]] | None = None
    education: Sequence[Mapping[str, Any]] | None = None
    topic_ids: Sequence[UUID] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceWish:
    """A service as its expert describes it; the currency is the organization's."""

    names: Mapping[str, str]
    minutes: int
    price_minor: int
    description: Mapping[str, str] = field(default_factory=dict)
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    needs_acceptance: bool = False
    notice_minutes: int = 120
    window_days: int = 60
    active: bool = True
    mode: ServiceMode = ServiceMode.VIDEO
    place: str = ""
    policy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicWish:
    """A topic as an admin describes it.

    Without ``slug`` a new one is made of the name, and an old one stays; without ``position`` a
    new or moved one comes last.
    """

    names: Mapping[str, str]
    slug: str = ""
    parent_id: UUID | None = None
    icon: str = ""
    position: int | None = None
    aliases: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicImport:
    """A topic of a tenant's pack, with the topics below it."""

    slug: str
    names: Mapping[str, str]
    icon: str = ""
    aliases: Sequence[str] = ()
    children: Sequence[TopicImport] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpertImport:
    """An expert that arrives complete, from a pack or another installation."""

    person_id: UUID
    name: str
    languages: Sequence[str]
    country: str
    time_zone: str
    topics: Sequence[str]  # slugs
    services: Sequence[ServiceWish]
    headline: Mapping[str, str]
    biography: Mapping[str, str] = field(default_factory=dict)
    experience: Sequence[Mapping[str, Any]] = ()
    education: Sequence[Mapping[str, Any]] = ()
    honorific: str = ""
    slug: str | None = None
    picture_key: str | None = None
    state: ExpertState = ExpertState.PUBLISHED
    verified_at: datetime | None = None
    proofs: Sequence[DocumentKind] = ()


@dataclass(frozen=True, slots=True)
class DocumentFile:
    """A paper's bytes, for someone who may read them."""

    name: str
    content_type: str
    content: bytes
