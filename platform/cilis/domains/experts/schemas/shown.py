"""What goes out, and how the room's values become it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from marshmallow import fields

from cilis.domains.experts.queries import DocumentView, QueueItem, VerificationView
from cilis.domains.experts.schemas.received import StationSchema
from cilis.domains.experts.types import (
    DocumentKind,
    ExpertCard,
    ExpertState,
    Profile,
    Saved,
    ServiceMode,
    ServiceOffer,
    ServiceTerms,
    VerificationState,
)
from cilis.infra import files
from cilis.infra.http.paging import page_schema
from cilis.infra.http.schemas import Instant, MoneySchema, Strict, money


class TopicSchema(Strict):
    """One topic with the topics below it."""

    id = fields.UUID(required=True)
    parent_id = fields.UUID(required=True, allow_none=True)
    slug = fields.String(required=True)
    names = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    icon = fields.String(required=True)
    position = fields.Integer(required=True)
    aliases = fields.List(fields.String(), required=True)
    children = fields.List(fields.Nested("TopicSchema"), required=True)


class TopicsSchema(Strict):
    """The tree, from its roots."""

    items = fields.List(fields.Nested(TopicSchema), required=True)


class TermsSchema(Strict):
    """The terms of a service."""

    id = fields.UUID(required=True)
    names = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    minutes = fields.Integer(required=True)
    price = fields.Nested(MoneySchema, required=True)
    buffer_before_minutes = fields.Integer(required=True)
    buffer_after_minutes = fields.Integer(required=True)
    needs_acceptance = fields.Boolean(required=True)
    notice_minutes = fields.Integer(required=True)
    window_days = fields.Integer(required=True)
    mode = fields.Enum(ServiceMode, by_value=True, required=True)
    place = fields.String(required=True)
    policy = fields.String(
        required=True,
        metadata={"description": "key of its rules of cancelling; empty: the organization's"},
    )


class OfferSchema(TermsSchema):
    """A service with its words, as its own expert sees it."""

    description = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    active = fields.Boolean(required=True)


class OffersSchema(Strict):
    """All services of one expert."""

    items = fields.List(fields.Nested(OfferSchema), required=True)


class CardSchema(Strict):
    """An expert as lists show them."""

    id = fields.UUID(required=True)
    slug = fields.String(required=True)
    name = fields.String(required=True)
    honorific = fields.String(required=True)
    headline = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    picture_url = fields.String(required=True, allow_none=True)
    rating = fields.Float(required=True, allow_none=True)
    rating_count = fields.Integer(required=True)
    verified = fields.Boolean(required=True)
    languages = fields.List(fields.String(), required=True)
    topic_ids = fields.List(fields.UUID(), required=True)
    country = fields.String(required=True)
    time_zone = fields.String(required=True)
    experience_years = fields.Integer(required=True)


class SavedSchema(Strict):
    """An expert in the viewer's list."""

    saved_at = Instant(required=True)
    expert = fields.Nested(CardSchema, required=True)


SavedPageSchema = page_schema(SavedSchema)


class ProofSchema(Strict):
    """A kind of paper that was checked."""

    kind = fields.String(required=True)
    verified_at = Instant(required=True)


class ProfileSchema(CardSchema):
    """A whole profile."""

    state = fields.Enum(ExpertState, by_value=True, required=True)
    biography = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    experience = fields.List(fields.Nested(StationSchema), required=True)
    education = fields.List(fields.Nested(StationSchema), required=True)
    services = fields.List(fields.Nested(OfferSchema), required=True)
    proofs = fields.List(fields.Nested(ProofSchema), required=True)


class DocumentSchema(Strict):
    """A paper without its bytes."""

    id = fields.UUID(required=True)
    kind = fields.Enum(DocumentKind, by_value=True, required=True)
    name = fields.String(required=True)
    content_type = fields.String(required=True)
    size = fields.Integer(required=True)
    uploaded_at = Instant(required=True)
    submitted = fields.Boolean(required=True)


class DocumentsSchema(Strict):
    """All papers of one expert."""

    items = fields.List(fields.Nested(DocumentSchema), required=True)


class StepSchema(Strict):
    """One line of a verification's history."""

    at = Instant(required=True)
    step = fields.String(required=True)
    actor_id = fields.UUID(required=True, allow_none=True)
    reason = fields.String(required=True)
    missing = fields.List(fields.String(), required=True)
    document_id = fields.UUID(required=True, allow_none=True)


class VerificationSchema(Strict):
    """One verification with its papers and its history."""

    id = fields.UUID(required=True)
    state = fields.Enum(VerificationState, by_value=True, required=True)
    submitted_at = Instant(required=True)
    decided_at = Instant(required=True, allow_none=True)
    reason = fields.String(required=True)
    missing = fields.List(fields.String(), required=True)
    expert = fields.Nested(ProfileSchema, required=True)
    documents = fields.List(fields.Nested(DocumentSchema), required=True)
    steps = fields.List(fields.Nested(StepSchema), required=True)


class OwnVerificationSchema(Strict):
    """Where one's own verification stands; ``latest`` is null before the first submission."""

    missing = fields.List(fields.String(), required=True)
    advised = fields.List(fields.String(), required=True)
    share = fields.Integer(required=True)
    latest = fields.Nested(VerificationSchema, required=True, allow_none=True)


class QueueItemSchema(Strict):
    """A line of the reviewers' queue."""

    id = fields.UUID(required=True)
    expert = fields.Nested(CardSchema, required=True)
    state = fields.Enum(VerificationState, by_value=True, required=True)
    submitted_at = Instant(required=True)
    decided_at = Instant(required=True, allow_none=True)
    document_count = fields.Integer(required=True)


def card_out(card: ExpertCard) -> dict[str, Any]:
    """A card as the API shows it: the person behind it and the room's counters stay inside."""
    return {
        "id": card.id,
        "slug": card.slug,
        "name": card.name,
        "honorific": card.honorific,
        "headline": dict(card.headline),
        "picture_url": files.public_url(card.picture_key) if card.picture_key else None,
        "rating": None if card.rating is None else round(card.rating, 2),
        "rating_count": card.rating_count,
        "verified": card.verified,
        "languages": list(card.languages),
        "topic_ids": list(card.topic_ids),
        "country": card.country,
        "time_zone": card.time_zone,
        "experience_years": card.experience_years,
    }


def saved_out(saved: Saved, card: ExpertCard) -> dict[str, Any]:
    """An entry of a list of saved experts."""
    return {"saved_at": saved.saved_at, "expert": card_out(card)}


def offer_out(offer: ServiceOffer) -> dict[str, Any]:
    """A service as the API shows it."""
    return {
        **terms_out(offer.terms),
        "description": dict(offer.description),
        "active": offer.active,
    }


def terms_out(terms: ServiceTerms) -> dict[str, Any]:
    """The terms of a service as the API shows them."""
    return {
        "id": terms.id,
        "names": dict(terms.name),
        "minutes": _minutes(terms.length),
        "price": money(terms.price),
        "buffer_before_minutes": _minutes(terms.before),
        "buffer_after_minutes": _minutes(terms.after),
        "needs_acceptance": terms.needs_acceptance,
        "notice_minutes": _minutes(terms.notice),
        "window_days": terms.window.days,
        "mode": terms.mode,
        "place": terms.place,
        "policy": terms.policy,
    }


def profile_out(profile: Profile, *, whole: bool = False) -> dict[str, Any]:
    """A profile; ``whole`` (its owner, staff) also shows services that are switched off."""
    services = profile.services if whole else profile.offered
    return {
        **card_out(profile.card),
        "state": profile.card.state,
        "biography": dict(profile.biography),
        "experience": list(profile.experience),
        "education": list(profile.education),
        "services": [offer_out(offer) for offer in services],
        "proofs": [
            {"kind": proof.kind.value, "verified_at": proof.verified_at} for proof in profile.proofs
        ],
    }


def _minutes(length: timedelta) -> int:
    return int(length.total_seconds()) // 60


def verification_out(view: VerificationView) -> dict[str, Any]:
    """A verification with its papers and history."""
    return {
        "id": view.id,
        "state": view.state,
        "submitted_at": view.submitted_at,
        "decided_at": view.decided_at,
        "reason": view.reason,
        "missing": list(view.missing),
        "expert": profile_out(view.profile, whole=True),
        "documents": documents_out(view.documents),
        "steps": [
            {
                "at": step.at,
                "step": step.step,
                "actor_id": step.actor_id,
                "reason": step.reason,
                "missing": list(step.missing),
                "document_id": step.document_id,
            }
            for step in view.steps
        ],
    }


def documents_out(documents: Sequence[DocumentView]) -> list[dict[str, Any]]:
    """Papers without their bytes."""
    return [
        {
            "id": one.id,
            "kind": one.kind,
            "name": one.name,
            "content_type": one.content_type,
            "size": one.size,
            "uploaded_at": one.uploaded_at,
            "submitted": one.submitted,
        }
        for one in documents
    ]


def queue_item_out(item: QueueItem) -> dict[str, Any]:
    """A line of the queue."""
    return {
        "id": item.id,
        "expert": card_out(item.card),
        "state": item.state,
        "submitted_at": item.submitted_at,
        "decided_at": item.decided_at,
        "document_count": item.document_count,
    }
