"""Experts that arrive complete: packs, the demo, another installation."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains import identity, tenants
from cilis.domains.experts.models import (
    Expert,
    TopicRow,
    Verification,
    VerificationDocument,
    VerificationStep,
)
from cilis.domains.experts.service.changes import changed, choose_topics, free_slug, rename
from cilis.domains.experts.service.offers import put_service
from cilis.domains.experts.types import ExpertImport, VerificationState
from cilis.kit import clock, ids


def import_expert(session: Session, row: ExpertImport) -> UUID:
    """Write one expert with topics and services; returns the id. Their person exists already.

    Unknown topics raise LookupError; an address that is taken raises IntegrityError.
    """
    expert = Expert(
        id=ids.new(),
        person_id=row.person_id,
        slug=row.slug or free_slug(session, row.name),
        honorific=row.honorific,
        headline=dict(row.headline),
        biography=dict(row.biography),
        languages=list(row.languages),
        country=row.country,
        time_zone=row.time_zone,
        experience=[dict(item) for item in row.experience],
        education=[dict(item) for item in row.education],
        picture_key=row.picture_key,
        state=row.state,
        verified_at=row.verified_at,
        created_at=clock.now(),
        version=0,
    )
    rename(expert, row.name, tenants.organization(session).default_language)
    session.add(expert)
    session.flush()
    choose_topics(session, expert.id, _ids_of(session, row))
    for wish in row.services:
        put_service(session, expert, wish)
    if row.verified_at is not None and row.proofs:
        _prove(session, expert, row)
    identity.add_role(session, row.person_id, "expert")
    changed(session, expert)
    return expert.id


def _ids_of(session: Session, row: ExpertImport) -> list[UUID]:
    known = dict(
        session.execute(
            sa.select(TopicRow.slug, TopicRow.id).where(TopicRow.slug.in_(list(row.topics)))
        )
        .tuples()
        .all()
    )
    missing = [slug for slug in row.topics if slug not in known]
    if missing:
        raise LookupError(f"{row.name}: unknown topics {missing}")
    return [known[slug] for slug in row.topics]


def _prove(session: Session, expert: Expert, row: ExpertImport) -> None:
    """A verification that took place elsewhere; its papers did not come along."""
    assert row.verified_at is not None  # noqa: S101 - the callers looked; mypy cannot see it
    done = Verification(
        id=ids.new(),
        expert_id=expert.id,
        state=VerificationState.APPROVED,
        submitted_at=row.verified_at,
        decided_at=row.verified_at,
    )
    session.add(done)
    session.flush()
    for step in ("submitted", "approve"):
        session.add(
            VerificationStep(id=ids.new(), verification_id=done.id, at=row.verified_at, step=step)
        )
    for kind in row.proofs:
        session.add(
            VerificationDocument(
                id=ids.new(),
                expert_id=expert.id,
                verification_id=done.id,
                kind=kind,
                file_key="",
                name=f"{kind.value}.pdf",
                content_type="application/pdf",
                size=0,
                digest="",
                uploaded_at=row.verified_at,
            )
        )
