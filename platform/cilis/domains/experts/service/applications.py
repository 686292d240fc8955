"""Become an expert."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.exc import IntegrityError

from cilis.domains import identity, tenants
from cilis.domains.experts import queries
from cilis.domains.experts.errors import AlreadyExpert
from cilis.domains.experts.models import Expert
from cilis.domains.experts.service.changes import (
    changed,
    check_zone,
    distinct,
    free_slug,
    rename,
)
from cilis.domains.experts.types import Application
from cilis.infra import audit, idempotency
from cilis.infra.db import transaction, violates
from cilis.kit import clock, ids
from cilis.kit.viewer import Viewer

_TRIES = 4  # namesakes at the same moment wish for the same address; one of them gets it


def apply(wish: Application, viewer: Viewer) -> UUID:
    """Open an expert's desk for the signed-in person; returns the expert's id.

    The profile starts as a draft that only its owner and the staff see.

    Raises:
        AlreadyExpert: the person has applied before.
    """
    check_zone(wish.time_zone)
    for last in (*[False] * _TRIES, True):
        try:
            return _open_desk(wish, viewer)
        except IntegrityError as clash:
            if violates(clash, "experts_person_id_key"):
                raise AlreadyExpert(str(viewer.person)) from clash
            if last or not violates(clash, "experts_slug_key"):
                raise
    raise AssertionError("the last try returns or raises")


def _open_desk(wish: Application, viewer: Viewer) -> UUID:
    with transaction() as session:
        if queries.expert_of_person(session, viewer.person) is not None:
            raise AlreadyExpert(str(viewer.person))
        expert = Expert(
            id=ids.new(),
            person_id=viewer.person,
            slug=free_slug(session, wish.name),
            honorific=wish.honorific,
            languages=distinct(wish.languages),
            country=wish.country,
            time_zone=wish.time_zone,
            created_at=clock.now(),
            version=0,
        )
        rename(expert, wish.name, tenants.organization(session).default_language)
        session.add(expert)
        session.flush()
        identity.add_role(session, viewer.person, "expert")
        changed(session, expert)
        audit.record(session, "experts.applied", expert.id, actor=viewer.person)
        idempotency.made(session, expert.id)
        return expert.id
