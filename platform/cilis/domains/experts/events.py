"""What happens to experts, for the rooms above."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cilis.infra.outbox import Event


@dataclass(frozen=True, kw_only=True)
class ExpertChanged(Event):
    """Something that lists show changed: profile, services, topics, rating, state.

    Listeners: search (reads the expert again).
    """

    name: ClassVar[str] = "experts.changed.v1"

    expert_id: UUID


@dataclass(frozen=True, kw_only=True)
class PictureDropped(Event):
    """A profile shows another picture or none, and open pages have forgotten the old one.

    Listeners: this room (deletes the file when nobody shows it).
    """

    name: ClassVar[str] = "experts.picture_dropped.v1"

    expert_id: UUID
    key: str


@dataclass(frozen=True, kw_only=True)
class ExpertPublished(Event):
    """The expert may be shown and booked from now on.

    Listeners: notifications (congratulates), search (by `ExpertChanged`).
    """

    name: ClassVar[str] = "experts.published.v1"

    expert_id: UUID


@dataclass(frozen=True, kw_only=True)
class TopicChanged(Event):
    """A topic got other words or another place in the tree.

    Listeners: search (reads its experts again).
    """

    name: ClassVar[str] = "experts.topic_changed.v1"

    topic_id: UUID


@dataclass(frozen=True, kw_only=True)
class TopicMerged(Event):
    """A topic is gone; everything of it belongs to another one now.

    Listeners: reviews (its reviews speak of the other one).
    """

    name: ClassVar[str] = "experts.topic_merged.v1"

    topic_id: UUID
    into_id: UUID


@dataclass(frozen=True, kw_only=True)
class VerificationSubmitted(Event):
    """An expert asks to be verified, for the first time or with more papers.

    Listeners: notifications (tells the reviewers).
    """

    name: ClassVar[str] = "experts.verification_submitted.v1"

    expert_id: UUID
    verification_id: UUID
    step_id: UUID | None = None  # the line of the history: tells one round from the next


@dataclass(frozen=True, kw_only=True)
class VerificationDecided(Event):
    """A reviewer has answered; ``decision`` is approve, ask or reject.

    Listeners: notifications (tells the expert, with the reason read by id).
    """

    name: ClassVar[str] = "experts.verification_decided.v1"

    expert_id: UUID
    verification_id: UUID
    decision: str
    step_id: UUID | None = None  # the line of the history: tells one round from the next


@dataclass(frozen=True, kw_only=True)
class VerificationWithdrawn(Event):
    """The expert took the application back; nobody needs to look at it any more.

    Listeners: none yet; the queue is read when it is looked at.
    """

    name: ClassVar[str] = "experts.verification_withdrawn.v1"

    expert_id: UUID
    verification_id: UUID
