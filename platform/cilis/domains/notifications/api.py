"""/api/v1/notices and /api/v1/notice-preferences: a person's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from cilis.domains.notifications import queries, service
from cilis.domains.notifications.schemas import (
    MarkedSchema,
    NoticeListArgs,
    NoticeSchema,
    PreferencesChangeSchema,
    PreferencesSchema,
    UnreadSchema,
)
from cilis.domains.notifications.types import MANDATORY, Rules, Timing, Told
from cilis.infra.db import reading
from cilis.infra.http.api import ApiBlueprint
from cilis.infra.http.paging import page_response, page_schema
from cilis.infra.http.policies import SIGNED_IN, policy
from cilis.infra.http.viewer import viewer

blueprint = ApiBlueprint(
    "notices",
    __name__,
    url_prefix="/api/v1/notices",
    description="What a person was told, newest first.",
)
preferences = ApiBlueprint(
    "notice_preferences",
    __name__,
    url_prefix="/api/v1/notice-preferences",
    description="What a person wants to hear, by which channel, and when.",
)
blueprints = (blueprint, preferences)


@blueprint.get("")
@policy(SIGNED_IN)
@blueprint.arguments(NoticeListArgs, location="query")
@blueprint.response(200, page_schema(NoticeSchema))
def list_notices(args: Mapping[str, Any]) -> dict[str, Any]:
    """The caller's notices, newest first."""
    with reading() as session:
        page = queries.page(
            session,
            viewer().person,
            cursor=args["cursor"],
            limit=args["limit"],
            unread=args["unread"],
        )
    return page_response(page, service.told)


@blueprint.get("/unread")
@policy(SIGNED_IN)
@blueprint.response(200, UnreadSchema)
def count_unread() -> Mapping[str, int]:
    """How many notices are new."""
    with reading() as session:
        return {"unread": queries.unread_count(session, viewer().person)}


@blueprint.post("/reads")
@policy(SIGNED_IN)
@blueprint.response(200, MarkedSchema)
def mark_all_read() -> Mapping[str, int]:
    """Mark every notice as read; a repeat changes nothing."""
    return {"marked": service.mark_all_read(viewer())}


@blueprint.post("/<uuid:notice_id>/reads")
@policy(SIGNED_IN)
@blueprint.response(200, NoticeSchema)
@blueprint.problems(notice_not_found=404)
def mark_read(notice_id: UUID) -> Told:
    """Mark one notice as read; a repeat changes nothing."""
    return service.mark_read(notice_id, viewer())


@preferences.get("")
@policy(SIGNED_IN)
@preferences.response(200, PreferencesSchema)
def show_preferences() -> Mapping[str, Any]:
    """What the caller wants to hear."""
    return _preferences()


@preferences.put("")
@policy(SIGNED_IN)
@preferences.arguments(PreferencesChangeSchema)
@preferences.response(200, PreferencesSchema)
def change_preferences(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Choose what to hear; matters that are not named stay as they are."""
    both = body["quiet_from"] is not None and body["quiet_until"] is not None
    service.choose(
        viewer(),
        {(one["matter"], one["channel"]): one["timing"] for one in body["choices"]},
        quiet=(body["quiet_from"], body["quiet_until"]) if both else None,
        digest_minute=body["digest_at"],
    )
    return _preferences()


def _preferences() -> Mapping[str, Any]:
    with reading() as session:
        rules, channels = service.preferences(session, viewer())
    return {
        "choices": _choices(rules, channels),
        "quiet_from": rules.quiet[0] if rules.quiet else None,
        "quiet_until": rules.quiet[1] if rules.quiet else None,
        "digest_at": rules.digest_minute,
    }


def _choices(rules: Rules, channels: list[str]) -> list[dict[str, Any]]:
    return [
        {
            "matter": matter,
            "channel": channel,
            "timing": Timing(rules.timing(matter, channel)),
            "mandatory": matter in MANDATORY,
            "timings": service.timings_of(matter, channel),
        }
        for matter in service.matters_for(viewer())
        for channel in channels
    ]
