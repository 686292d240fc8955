"""Free starts for everybody; hours and exceptions for the expert whose they are."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from cilis.domains import experts
from cilis.domains.scheduling import queries, service
from cilis.domains.scheduling.schemas import (
    CalendarSchema,
    EntryArgs,
    ExceptionInputSchema,
    ExceptionSchema,
    ExplanationArgs,
    ExplanationsSchema,
    HolidaysInputSchema,
    HolidaysSchema,
    PlaceArgs,
    RuleInputSchema,
    RuleSchema,
    SlotArgs,
    SlotsSchema,
    WeekInputSchema,
    WeekSchema,
    calendar,
    exception_of,
    explanations,
    holidays,
    rules_of,
    slots,
    week,
)
from cilis.domains.scheduling.types import LONGEST_QUESTION, DayException, Place, WeeklyRule, Window
from cilis.infra.db import reading
from cilis.infra.http.api import ApiBlueprint
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.policies import PUBLIC, policy
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import current_language
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
calendar_entries = ApiBlueprint(
    "calendar_entries",
    __name__,
    url_prefix="/api/v1/calendar-entries",
    description="The signed-in expert's calendar: open hours, exceptions, what is taken.",
)
public_holidays = ApiBlueprint(
    "public_holidays",
    __name__,
    url_prefix="/api/v1/holidays",
    description="Public holidays that the signed-in expert takes off.",
)
slot_explanations = ApiBlueprint(
    "slot_explanations",
    __name__,
    url_prefix="/api/v1/slot-explanations",
    description="Why hours are offered or not, for the expert whose they are and for staff.",
)
blueprints = (free_slots, weekly_hours, calendar_entries, public_holidays, slot_explanations)


@free_slots.get("")
@policy(PUBLIC)
@free_slots.arguments(SlotArgs, location="query")
@free_slots.response(200, SlotsSchema)
@free_slots.problems(service_not_found=404, invalid_input=422)
def list_slots(args: dict[str, Any]) -> dict[str, Any]:
    """The free starts of one service."""
    window = _window(args)
    with reading() as session:
        terms = experts.service_terms(session, args["service_id"])
        return slots(terms, queries.free_starts(session, terms, window))


@slot_explanations.get("")
@policy("expert", "support", "admin")
@slot_explanations.arguments(ExplanationArgs, location="query")
@slot_explanations.response(200, ExplanationsSchema)
@slot_explanations.problems(service_not_found=404, invalid_input=422)
def explain_slots(args: dict[str, Any]) -> dict[str, Any]:
    """Why one start, or each of a day, is free or not."""
    if (args["starts_at"] is None) == (args["day"] is None):
        raise InvalidInput({"day": ["day_or_start"]})
    with reading() as session:
        terms = queries.terms_to_explain(session, args["service_id"], viewer())
        if args["day"] is not None:
            found = queries.explain_day(session, terms, args["day"])
        else:
            found = [queries.explain(session, terms, args["starts_at"])]
    return explanations(terms, found)


@calendar_entries.get("")
@policy("expert")
@calendar_entries.arguments(EntryArgs, location="query")
@calendar_entries.response(200, CalendarSchema)
@calendar_entries.problems(not_an_expert=404, invalid_input=422)
def list_entries(args: dict[str, Any]) -> dict[str, Any]:
    """Everything on your calendar in a window of time."""
    window = _window(args)
    with reading() as session:
        card = experts.mine(session, viewer()).card
        found = queries.entries(session, card.id, card.time_zone, window)
    return calendar(card.id, card.time_zone, found)


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
        most_per_day=loaded["most_per_day"],
        most_per_week=loaded["most_per_week"],
        actor=viewer().person,
    )
    return _week()


def _rule(rule_id: UUID) -> WeeklyRule:
    expert_id = _own_expert()
    with reading() as session:
        return queries.rule(session, expert_id, rule_id)


@weekly_hours.post("/rules")
@policy("expert")
@weekly_hours.arguments(RuleInputSchema)
@weekly_hours.response(201, RuleSchema)
@weekly_hours.problems(not_an_expert=404, invalid_input=422)
@idempotent("scheduling.add_rule", again=_rule)
def add_rule(loaded: dict[str, Any]) -> WeeklyRule:
    """Open hours of one weekday besides the others."""
    return _rule(service.add_rule(_own_expert(), WeeklyRule(**loaded), actor=viewer().person))


@weekly_hours.put("/rules/<uuid:rule_id>")
@policy("expert")
@weekly_hours.arguments(RuleInputSchema)
@weekly_hours.response(200, RuleSchema)
@weekly_hours.problems(not_an_expert=404, rule_not_found=404, invalid_input=422)
def change_rule(loaded: dict[str, Any], rule_id: UUID) -> WeeklyRule:
    """Let a rule open other hours."""
    service.change_rule(_own_expert(), rule_id, WeeklyRule(**loaded), actor=viewer().person)
    return _rule(rule_id)


@weekly_hours.delete("/rules/<uuid:rule_id>")
@policy("expert")
@weekly_hours.response(204)
@weekly_hours.problems(not_an_expert=404, rule_not_found=404)
def remove_rule(rule_id: UUID) -> None:
    """Close the hours of a rule."""
    service.remove_rule(_own_expert(), rule_id, actor=viewer().person)


def _exception(exception_id: UUID) -> DayException:
    expert_id = _own_expert()
    with reading() as session:
        return queries.exception(session, expert_id, exception_id)


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


@weekly_hours.put("/exceptions/<uuid:exception_id>")
@policy("expert")
@weekly_hours.arguments(ExceptionInputSchema)
@weekly_hours.response(200, ExceptionSchema)
@weekly_hours.problems(not_an_expert=404, exception_not_found=404, invalid_input=422)
def change_exception(loaded: dict[str, Any], exception_id: UUID) -> DayException:
    """Move an exception, or make it longer or shorter."""
    changed = exception_of(loaded)
    service.change_exception(_own_expert(), exception_id, changed, actor=viewer().person)
    return _exception(exception_id)


@weekly_hours.delete("/exceptions/<uuid:exception_id>")
@policy("expert")
@weekly_hours.response(204)
@weekly_hours.problems(not_an_expert=404, exception_not_found=404)
def remove_exception(exception_id: UUID) -> None:
    """Let the day follow the week again."""
    service.remove_exception(_own_expert(), exception_id, actor=viewer().person)


@public_holidays.get("")
@policy("expert")
@public_holidays.arguments(PlaceArgs, location="query")
@public_holidays.response(200, HolidaysSchema)
@public_holidays.problems(not_an_expert=404, invalid_input=422)
def list_holidays(args: dict[str, str]) -> dict[str, Any]:
    """The coming public holidays of a place, and which of them you take off."""
    return _holidays(Place(**args))


@public_holidays.put("")
@policy("expert")
@public_holidays.arguments(HolidaysInputSchema)
@public_holidays.response(200, HolidaysSchema)
@public_holidays.problems(not_an_expert=404, invalid_input=422)
def take_holidays(loaded: dict[str, Any]) -> dict[str, Any]:
    """Take the public holidays of a place off; it replaces what was taken before."""
    place = Place(loaded["country"], loaded["region"]) if loaded["country"] else None
    service.take_holidays(
        _own_expert(),
        place,
        leave=loaded["leave"],
        language=current_language(),
        actor=viewer().person,
    )
    return _holidays(place) if place else {"country": "", "region": "", "items": []}


def _holidays(place: Place) -> dict[str, Any]:
    expert_id = _own_expert()
    with reading() as session:
        own = queries.hours(session, expert_id)
    return holidays(place, queries.coming_holidays(own, place, current_language()))


def _window(args: dict[str, Any]) -> Window:
    since, until = args["since"], args["until"]
    if until <= since:
        raise InvalidInput({"until": ["must_be_later"]})
    if until - since > LONGEST_QUESTION:
        raise InvalidInput({"until": ["too_long_window"]})
    return since, until


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
