"""Asking another server for a file: what is asked again, what is too much, what is refused."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from tests.support.calendar_server import CalendarFile, event, file_of, serving_file

from cilis.domains.calendars.errors import CalendarUnreadable
from cilis.domains.calendars.service import caldav, calls, ics
from cilis.domains.calendars.service.addresses import checked
from cilis.domains.calendars.types import MOST_BYTES, Address, Mark
from cilis.kit import http
from cilis.kit.errors import InvalidInput

NINE, TEN = datetime(2026, 12, 7, 9, tzinfo=UTC), datetime(2026, 12, 7, 10, tzinfo=UTC)
LEADS_INSIDE = (
    b"<multistatus xmlns='DAV:'><response><href>/</href><propstat><prop>"
    b"<current-user-principal><href>http://10.0.0.7/me/</href></current-user-principal>"
    b"</prop><status>HTTP/1.1 200 OK</status></propstat></response></multistatus>"
)
CONTENT = file_of(event("one", NINE, TEN))


@pytest.fixture(autouse=True)
def _this_machine_only() -> Iterator[None]:
    before = http.allow_networks("127.0.0.1/32")
    yield
    http.allow_networks(before)


def reason(address: Address, known: Mark = Mark()) -> str:  # noqa: B008 - it never changes
    with pytest.raises(CalendarUnreadable) as refusal:
        ics.fetch(address, known)
    return refusal.value.reason


def test_a_file_is_asked_for_again_only_when_it_has_changed(file: CalendarFile) -> None:
    file.content, file.etag = CONTENT, '"one"'
    first = ics.fetch(Address(file.url), Mark())
    assert first is not None
    assert list(first.contents) == [CONTENT]
    assert ics.fetch(Address(file.url), first.mark) is None
    assert file.asked[-1]["if-none-match"] == '"one"'
    file.content, file.etag = file_of(event("two", NINE, TEN)), '"two"'
    assert ics.fetch(Address(file.url), first.mark) is not None


def test_a_server_that_makes_the_file_anew_each_time_is_seen_through(file: CalendarFile) -> None:
    file.content = CONTENT
    first = ics.fetch(Address(file.url), Mark())
    assert first is not None
    file.content = CONTENT.replace(b"DTSTAMP:20261101T000000Z", b"DTSTAMP:20261102T111111Z")
    assert ics.fetch(Address(file.url), first.mark) is None


@pytest.mark.parametrize(
    ("status", "expected"),
    [(401, "calendar_not_allowed"), (403, "calendar_not_allowed"), (404, "calendar_not_there"),
     (410, "calendar_not_there"), (418, "calendar_wrong_answer"), (429, "calendar_server_fails"),
     (500, "calendar_server_fails"), (503, "calendar_server_fails"), (304, "calendar_wrong_answer")],
)  # fmt: skip
def test_each_refusal_has_its_word(file: CalendarFile, status: int, expected: str) -> None:
    file.status = status
    assert reason(Address(file.url)) == expected


def test_a_server_may_ask_to_be_left_alone(file: CalendarFile) -> None:
    file.status, file.headers = 503, {"Retry-After": "1200"}
    with pytest.raises(CalendarUnreadable) as refusal:
        ics.fetch(Address(file.url), Mark())
    assert refusal.value.after == 1200


def test_too_large(file: CalendarFile) -> None:
    file.content = b"x" * (MOST_BYTES + 1)
    assert reason(Address(file.url)) == "calendar_too_large"


def test_too_slow(file: CalendarFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "SECONDS", 0.5)
    file.content, file.pause = CONTENT, 3
    began = time.monotonic()
    assert reason(Address(file.url)) == "calendar_no_answer"
    assert time.monotonic() - began < 2


def test_nobody_there() -> None:
    assert reason(Address("http://127.0.0.1:9/x.ics")) == "calendar_no_answer"


@pytest.mark.parametrize(
    "url",
    ["http://10.0.0.7/x.ics", "http://169.254.169.254/latest/meta-data", "http://[::1]/x.ics",
     "http://192.168.1.1/x.ics", "http://127.0.0.2/x.ics"],
)  # fmt: skip
def test_inner_addresses_are_refused_also_behind_a_redirect(file: CalendarFile, url: str) -> None:
    assert reason(Address(url)) == "calendar_address_refused"
    file.status, file.headers = 302, {"Location": url}
    assert reason(Address(file.url)) == "calendar_address_refused"


def test_redirects_are_followed_and_end(file: CalendarFile) -> None:
    with serving_file() as other:
        other.content = CONTENT
        file.status, file.headers = 302, {"Location": other.url}
        address = Address(file.url, "minh", "secret")
        assert ics.fetch(address, Mark()) is not None
        assert file.asked[0]["authorization"].startswith("Basic ")
        assert "authorization" not in other.asked[0]  # another server than the one we know
    file.headers = {"Location": file.url}
    assert reason(Address(file.url)) == "calendar_redirects"


@pytest.mark.parametrize(
    ("own", "other", "expected"),
    [
        ("https://caldav.example.com/", "https://caldav.example.com/x", True),
        ("https://caldav.example.com/", "https://p12-caldav.example.com/x", True),
        ("https://caldav.example.com/", "http://caldav.example.com/x", False),
        ("https://caldav.example.com/", "https://example.org/x", False),
        ("https://example.com/", "https://example.org/x", False),
        ("https://8.1.2.3/", "https://9.1.2.3/x", False),
        ("https://caldav.example.com/", "https://caldav.example.com:8443/x", False),
    ],
)
def test_where_a_log_in_may_go(own: str, other: str, expected: bool) -> None:
    assert calls._is_beside(own, other) is expected


@pytest.mark.parametrize(
    ("address", "field", "code"),
    [
        (Address("example.com/x.ics"), "url", "not_an_address"),
        (Address("ftp://example.com/x.ics"), "url", "not_an_address"),
        (Address("https:///x.ics"), "url", "not_an_address"),
        (Address("https://exa mple.com/"), "url", "not_an_address"),
        (Address("https://example.com:99999/"), "url", "not_an_address"),
        (Address("https://example.com/\r\nX: y"), "url", "not_an_address"),
        (Address("https://[::1/"), "url", "not_an_address"),
        (Address("https://me:pw@example.com/"), "url", "log_in_within_address"),
        (Address("http://example.com/", "me", "pw"), "url", "password_needs_https"),
        (Address("https://example.com/" + "x" * 2000), "url", "too_long"),
        (Address("https://example.com/", "me:you", "pw"), "user", "invalid"),
    ],
)
def test_addresses_that_make_no_sense(address: Address, field: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        checked(address)
    assert refusal.value.fields == {field: [code]}


def test_what_calendars_call_an_address() -> None:
    assert checked(Address(" webcal://example.com/x.ics ")).url == "https://example.com/x.ics"


class TestCaldav:
    WINDOW = NINE, TEN

    @pytest.mark.parametrize(
        ("status", "content", "expected"),
        [
            (200, b"<html></html>", "calendar_no_caldav"),
            (207, b"not xml", "calendar_no_caldav"),
            (207, b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>",
             "calendar_no_caldav"),
            (207, b"<multistatus xmlns='DAV:'></multistatus>", "calendar_no_caldav"),
            (401, b"", "calendar_not_allowed"),
            (404, b"", "calendar_not_there"),
            (500, b"", "calendar_server_fails"),
            (207, LEADS_INSIDE, "calendar_address_refused"),
        ],
    )  # fmt: skip
    def test_what_is_no_calendar_server(
        self, file: CalendarFile, status: int, content: bytes, expected: str
    ) -> None:
        file.status, file.content = status, content
        with pytest.raises(CalendarUnreadable) as refusal:
            caldav.fetch(Address(file.url), Mark(), self.WINDOW)
        assert refusal.value.reason == expected
