"""Free starts for everybody; hours and exceptions for the expert whose they are."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from cilis.domains import experts
from cilis.domains.scheduling import queries, service
from cilis.domains.scheduling.schemas import (
    ExceptionInputSchema,
    ExceptionSchema,
    SlotArgs,
    SlotsSchema,
    WeekInputSchema,
    WeekSchema,
    exception_of,
    rules_of,
    slots,
    week,
)
from cilis.domains.scheduling.types import LONGEST_QUESTION, DayException
from cilis.infra.db import reading
from cilis.infra.http.api import ApiBlueprint
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.policies import PUBLIC, policy
from cilis.infra.http.viewer import viewer
from cilis.kit.errors import InvalidInput

free_slots = ApiBlueprint(
    "slots", __name__, url_prefix="/api/v1/slots", description="Hours that can be held now."
)
weekly_hours = ApiBlueprint(
    "weekly_hours",
    __name__,
    url_prefix="/api/v1/weekly-hours",
    description="When the signed-in expert works.",
)
blueprints = (free_slots, weekly_hours)


@free_slots.get("")
@policy(PUBLIC)
@free_slots.arguments(SlotArgs, location="query")
@free_slots.response(200, SlotsSchema)
@free_slots.problems(service_not_found=404, invalid_input=422)
def list_slots(args: dict[str, Any]) -> dict[str, Any]:
    """The free starts of one service."""
    since, until = args["since"], args["until"]
    if until <= since:
        raise InvalidInput({"until": ["must_be_later"]})
    if until - since > LONGEST_QUESTION:
        raise InvalidInput({"until": ["too_long_window"]})
    with reading() as session:
        terms = experts.service_terms(session, args["service_id"])
        return slots(terms, queries.free_starts(session, terms, (since, until)))


@weekly_hours.get("")
@policy("expert")
@weekly_hours.response(200, WeekSchema)
@weekly_hours.problems(not_an_expert=404)
def show_week() -> dict[str, Any]:
    """Your own hours."""
    return _week()


@weekly_hours.put("")
@policy("expert")
@weekly_hours.arguments(WeekInputSchema)
@weekly_hours.response(200, WeekSchema)
@weekly_hours.problems(not_an_expert=404, invalid_input=422)
@idempotent("scheduling.set_week", again=lambda _: _week())
def set_week(loaded: dict[str, Any]) -> dict[str, Any]:
    """Replace your week."""
    service.set_week(
        _own_expert(),
        rules_of(loaded["rules"]),
        step_minutes=loaded["step_minutes"],
        actor=viewer().person,
    )
    return _week()


def _exception(exception_id: UUID) -> DayException:
    with reading() as session:
        return queries.exception(session, exception_id)


@weekly_hours.post("/exceptions")
@policy("expert")
@weekly_hours.arguments(ExceptionInputSchema)
@weekly_hours.response(201, ExceptionSchema)
@weekly_hours.problems(not_an_expert=404, invalid_input=422)
@idempotent("scheduling.add_exception", again=_exception)
def add_exception(loaded: dict[str, Any]) -> DayException:
    """Hours off, or extra ones, on one day."""
    made = service.add_exception(_own_expert(), exception_of(loaded), actor=viewer().person)
    return _exception(made)


@weekly_hours.delete("/exceptions/<uuid:exception_id>")
@policy("expert")
@weekly_hours.response(204)
@weekly_hours.problems(not_an_expert=404, exception_not_found=404)
def remove_exception(exception_id: UUID) -> None:
    """Let the day follow the week again."""
    service.remove_exception(_own_expert(), exception_id, actor=viewer().person)


def _own_expert() -> UUID:
    with reading() as session:
        expert_id = experts.expert_of_person(session, viewer().person)
    if expert_id is None:
        raise experts.NotAnExpert("the viewer is no expert")
    return expert_id


def _week() -> dict[str, Any]:
    expert_id = _own_expert()
    with reading() as session:
        return week(queries.hours(session, expert_id))
