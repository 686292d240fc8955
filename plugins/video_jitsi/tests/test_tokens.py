"""What a token says, letter by letter."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from cilis.hooks import Refused
from cilis.hooks.meetings import JoinOrder, MeetingOrder, MeetingRole
from cilis.kit import http
from cilis_video_jitsi.plugin import JitsiProvider

KEY = "a key of thirty-two characters, too"
SETTINGS = {
    "base_url": "https://Meet.Example.org/",
    "app_id": "antam",
    "app_secret": KEY,
    "audience": "",
}
MEETING = MeetingOrder(
    "0192f3a0c0de7000800000000000beef",
    "Tư vấn thuế",
    datetime(2026, 11, 24, 2, 0, tzinfo=UTC),
    datetime(2026, 11, 24, 3, 0, tzinfo=UTC),
)
PROVIDER = JitsiProvider()


def url(role: MeetingRole = MeetingRole.GUEST, **changes: Any) -> str:
    opened = PROVIDER.open(MEETING, SETTINGS)
    values: dict[str, Any] = {
        "room": opened.room,
        "person_reference": "p1",
        "name": "Nguyễn Thị Hòa",
        "email": "hoa@example.com",
        "role": role,
        "language": "vi",
        "opens_at": datetime(2026, 11, 24, 1, 50, tzinfo=UTC),
        "closes_at": datetime(2026, 11, 24, 3, 30, tzinfo=UTC),
        "provider_data": opened.provider_data,
    }
    return PROVIDER.join(JoinOrder(**(values | changes)), SETTINGS)


def token(address: str) -> jwt.Token:
    text = parse_qs(urlsplit(address).query)["jwt"][0]
    return jwt.decode(text, OctKey.import_key(KEY), algorithms=["HS256"])


def test_every_claim() -> None:
    found = token(url())

    assert found.header == {"alg": "HS256", "typ": "JWT"}
    room = PROVIDER.open(MEETING, SETTINGS).room
    assert found.claims == {
        "iss": "antam",
        "aud": "jitsi",
        "sub": "meet.example.org",
        "room": room,
        "nbf": int(datetime(2026, 11, 24, 1, 50, tzinfo=UTC).timestamp()),
        "exp": int(datetime(2026, 11, 24, 3, 30, tzinfo=UTC).timestamp()),
        "context": {
            "user": {
                "id": "p1",
                "name": "Nguyễn Thị Hòa",
                "email": "",
                "avatar": "",
                "affiliation": "member",
                "moderator": "false",
            },
            "features": {
                "screen-sharing": "true",
                "recording": "false",
                "livestreaming": "false",
                "transcription": "false",
            },
        },
    }


def test_the_host_moderates() -> None:
    user = token(url(MeetingRole.HOST)).claims["context"]["user"]
    assert (user["affiliation"], user["moderator"]) == ("owner", "true")


def test_never_a_token_for_every_room() -> None:
    with pytest.raises(Refused):
        url(room="*")


def test_the_mail_address_stays_at_home() -> None:
    assert "example.com" not in str(token(url()).claims)


def test_the_address() -> None:
    parts = urlsplit(url())
    room = PROVIDER.open(MEETING, SETTINGS).room
    assert (parts.scheme, parts.hostname, parts.path) == ("https", "meet.example.org", f"/{room}")
    assert room.islower()
    assert len(room) == 26
    assert 'config.subject="Tư vấn thuế"' in unquote(parts.fragment)
    assert 'config.defaultLanguage="vi"' in unquote(parts.fragment)


def test_words_of_people_stay_in_their_place() -> None:
    opened = PROVIDER.open(MEETING, SETTINGS)
    evil = {**opened.provider_data, "subject": 'x"&config.startRecording=true#?'}
    fragment = urlsplit(url(provider_data=evil)).fragment
    assert "&config.startRecording" not in fragment


@pytest.mark.parametrize(
    "changes",
    [
        {"base_url": ""},
        {"base_url": "meet.example.org"},
        {"base_url": "ftp://meet.example.org"},
        {"base_url": "https://meet.example.org/?x=1"},
        {"app_id": ""},
        {"app_secret": "short"},
    ],
)
def test_wrong_settings_are_refused(changes: dict[str, str]) -> None:
    with pytest.raises(Refused):
        PROVIDER.open(MEETING, SETTINGS | changes)
    assert not PROVIDER.test(SETTINGS | changes).works


@pytest.mark.parametrize(
    ("status", "body", "works"),
    [
        (200, b"window.JitsiMeetExternalAPI = 1", True),
        (200, b"<html>Welcome</html>", False),
        (404, b"JitsiMeetExternalAPI", False),
    ],
)
def test_the_button(monkeypatch: pytest.MonkeyPatch, status: int, body: bytes, works: bool) -> None:
    monkeypatch.setattr(http, "request", lambda *_, **__: http.HttpAnswer(status, body))
    assert PROVIDER.test(SETTINGS).works is works


def test_a_private_address_is_not_called() -> None:
    assert not PROVIDER.test(SETTINGS | {"base_url": "http://169.254.169.254"}).works
