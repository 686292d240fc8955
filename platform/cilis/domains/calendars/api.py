"""Connected calendars and the own feed, for the expert whose they are."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from cilis.domains import experts
from cilis.domains.calendars import queries, service
from cilis.domains.calendars.errors import FeedNotFound
from cilis.domains.calendars.schemas import (
    CalendarAddressSchema,
    CalendarChangeSchema,
    CalendarInputSchema,
    CalendarTestSchema,
    ConnectedCalendarSchema,
    ConnectedCalendarsSchema,
    FeedInputSchema,
    FeedSchema,
    address_of,
    calendar,
    change_of,
    feed,
    wish_of,
)
from cilis.domains.calendars.types import CalendarKind
from cilis.infra.db import reading
from cilis.infra.http.api import ApiBlueprint
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.policies import policy
from cilis.infra.http.viewer import viewer

connected = ApiBlueprint(
    "calendars",
    __name__,
    url_prefix="/api/v1/calendars",
    description="Calendars elsewhere whose entries take the signed-in expert's time.",
)
own_feed = ApiBlueprint(
    "calendar_feed",
    __name__,
    url_prefix="/api/v1/calendar-feed",
    description="The address at which the signed-in expert's sessions can be subscribed to.",
)
blueprints = (connected, own_feed)


@connected.get("")
@policy("expert")
@connected.response(200, ConnectedCalendarsSchema)
@connected.problems(not_an_expert=404)
def list_calendars() -> dict[str, Any]:
    """Your connected calendars, and how fresh each is."""
    with reading() as session:
        found = queries.of_expert(session, experts.mine(session, viewer()).card.id)
    return {"items": [calendar(one) for one in found]}


def _one(calendar_id: UUID) -> dict[str, Any]:
    with reading() as session:
        expert_id = experts.mine(session, viewer()).card.id
        return calendar(queries.one(session, expert_id, calendar_id))


@connected.post("")
@policy("expert")
@connected.arguments(CalendarInputSchema)
@connected.response(201, ConnectedCalendarSchema)
@connected.problems(
    not_an_expert=404,
    too_many_calendars=409,
    calendar_unreadable=422,
    invalid_input=422,
    too_many_requests=429,
)
@idempotent("calendars.connect", again=_one)
def connect_calendar(loaded: dict[str, Any]) -> dict[str, Any]:
    """Connect a calendar; what it takes is no longer offered from now on."""
    return _one(service.connect(wish_of(loaded), viewer()))


@connected.post("/tests")
@policy("expert")
@connected.arguments(CalendarAddressSchema)
@connected.response(200, CalendarTestSchema)
@connected.problems(not_an_expert=404, invalid_input=422, too_many_requests=429)
def test_calendar(loaded: dict[str, Any]) -> dict[str, Any]:
    """Read a calendar once; nothing is kept."""
    found = service.test(CalendarKind(loaded["kind"]), address_of(loaded), viewer())
    return {
        "works": found.failure is None,
        "reason": found.failure.reason if found.failure else "",
        "entries": len(found.busy.spans) if found.busy else 0,
        "skipped": found.busy.skipped if found.busy else 0,
        "names": list(found.fetched.names) if found.fetched else [],
    }


@connected.get("/<uuid:calendar_id>")
@policy("expert")
@connected.response(200, ConnectedCalendarSchema)
@connected.problems(not_an_expert=404, calendar_not_found=404)
def show_calendar(calendar_id: UUID) -> dict[str, Any]:
    """One of your connected calendars."""
    return _one(calendar_id)


@connected.patch("/<uuid:calendar_id>")
@policy("expert")
@connected.arguments(CalendarChangeSchema)
@connected.response(200, ConnectedCalendarSchema)
@connected.problems(not_an_expert=404, calendar_not_found=404, invalid_input=422)
def change_calendar(loaded: dict[str, Any], calendar_id: UUID) -> dict[str, Any]:
    """Change its name, its log-in, or what holds while it cannot be read."""
    service.change(calendar_id, change_of(loaded), viewer())
    return _one(calendar_id)


@connected.delete("/<uuid:calendar_id>")
@policy("expert")
@connected.response(204)
@connected.problems(not_an_expert=404, calendar_not_found=404)
def disconnect_calendar(calendar_id: UUID) -> None:
    """Forget a calendar; what it took is offered again."""
    service.disconnect(calendar_id, viewer())


@connected.post("/<uuid:calendar_id>/readings")
@policy("expert")
@connected.response(200, ConnectedCalendarSchema)
@connected.problems(not_an_expert=404, calendar_not_found=404, too_many_requests=429)
def read_calendar(calendar_id: UUID) -> dict[str, Any]:
    """Read a calendar now; whether that worked stands in the answer."""
    service.refresh(calendar_id, viewer())
    return _one(calendar_id)


@own_feed.get("")
@policy("expert")
@own_feed.response(200, FeedSchema)
@own_feed.problems(not_an_expert=404, feed_not_found=404)
def show_feed() -> dict[str, Any]:
    """Your feed's address."""
    with reading() as session:
        found = queries.feed(session, experts.mine(session, viewer()).card.id)
    if found is None:
        raise FeedNotFound("none was made")
    return feed(found)


@own_feed.put("")
@policy("expert")
@own_feed.arguments(FeedInputSchema)
@own_feed.response(200, FeedSchema)
@own_feed.problems(not_an_expert=404, invalid_input=422)
def set_feed(loaded: dict[str, Any]) -> dict[str, Any]:
    """Make your feed, or let it tell more or less; its address stays."""
    return feed(service.set_feed(loaded["details"], viewer()))


@own_feed.post("/renewals")
@policy("expert")
@own_feed.response(200, FeedSchema)
@own_feed.problems(not_an_expert=404, feed_not_found=404)
def renew_feed() -> dict[str, Any]:
    """Give your feed another address; the old one leads nowhere at once."""
    return feed(service.renew_feed(viewer()))


@own_feed.delete("")
@policy("expert")
@own_feed.response(204)
@own_feed.problems(not_an_expert=404)
def revoke_feed() -> None:
    """Let your feed end."""
    service.revoke_feed(viewer())
