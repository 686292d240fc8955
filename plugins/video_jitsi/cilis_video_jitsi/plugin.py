"""Jitsi's place in the house."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlencode

from cilis.hooks import Refused, SettingField, TestOutcome, hookimpl
from cilis.hooks.meetings import JoinOrder, MeetingOrder, MeetingProvider, OpenedMeeting
from cilis.kit import http
from cilis_video_jitsi import tokens
from cilis_video_jitsi.settings import FIELDS, server


class JitsiProvider:
    """A Jitsi server with token authentication.

    A room exists while somebody is in it; nothing is made or removed at the server.
    """

    key = "jitsi"
    title = "Video room (Jitsi)"
    settings: Sequence[SettingField] = FIELDS

    def open(self, order: MeetingOrder, settings: Mapping[str, str]) -> OpenedMeeting:
        """Name the room. The subject is shown in it, instead of its unreadable name."""
        room = tokens.room_name(order.reference, server(settings))
        return OpenedMeeting(room, {"subject": order.subject})

    def join(self, order: JoinOrder, settings: Mapping[str, str]) -> str:
        """The room's address with a token for this person, role and time."""
        where = server(settings)
        if not order.room.isalnum():
            raise Refused("not a room of ours; a token for * would open all of them")
        query = urlencode({"jwt": tokens.sign(order, where)})
        look = {
            "config.defaultLanguage": order.language,
            "config.disableDeepLinking": True,  # no "get the app" page before the room
            "config.prejoinConfig.enabled": True,
            "config.subject": str(order.provider_data.get("subject", "")),
        }
        wishes = "&".join(
            f"{name}={quote(json.dumps(value, ensure_ascii=False))}"
            for name, value in look.items()
            if value != ""
        )
        return f"{where.base_url}/{order.room.lower()}?{query}#{wishes}"

    def close(self, opened: OpenedMeeting, settings: Mapping[str, str]) -> None:
        """Nothing to do: without a token nobody enters, and a closed meeting gives none."""

    def test(self, settings: Mapping[str, str]) -> TestOutcome:
        """Fetch the server's script. The secret shows only when somebody enters a room."""
        try:
            where = server(settings)
        except Refused:
            return TestOutcome(
                works=False,
                message="Compare the address, the application id and the secret "
                "(at least 32 characters).",
            )
        try:
            answer = http.request("GET", f"{where.base_url}/external_api.js", max_body=8 << 20)
        except http.HttpFailed:
            return TestOutcome(
                works=False, message="The Jitsi server does not answer at this address."
            )
        if answer.status != 200 or b"JitsiMeetExternalAPI" not in answer.body:
            return TestOutcome(works=False, message="There is no Jitsi server at this address.")
        return TestOutcome(
            works=True, message="The Jitsi server answers. Enter a room once to try the secret."
        )


@hookimpl
def register_meeting_provider() -> MeetingProvider:
    """Offer Jitsi rooms."""
    return JitsiProvider()
