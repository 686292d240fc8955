"""Calls to other people's calendar servers: one time limit, one size, redirects looked at.

Every call, also one that a redirect or a CalDAV answer asks for, goes through `kit.http`, which
refuses addresses that are not public and connects to the very address that it checked.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from urllib.parse import urljoin, urlsplit

from cilis.domains.calendars.errors import CalendarUnreadable
from cilis.domains.calendars.types import MOST_BYTES, REDIRECTS, SECONDS, Address
from cilis.kit import http

_MOVED = frozenset({301, 302, 303, 307, 308})
_REASONS = {401: "calendar_not_allowed", 403: "calendar_not_allowed"} | dict.fromkeys(
    (404, 410), "calendar_not_there"
)
_LONGEST_WISH = 3_600


class Caller:
    """One reading's calls to one calendar's server.

    The log-in goes to the address's own host, and to hosts beside it over https: some services
    keep a person's calendars on another host of theirs. ``url`` is where the last answer came
    from, after its redirects.
    """

    def __init__(self, address: Address) -> None:
        self.url = address.url
        self._address = address
        self._ends = time.monotonic() + SECONDS
        self._left = MOST_BYTES

    def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> http.HttpAnswer:
        """The answer, whatever its status, redirects followed; raises CalendarUnreadable."""
        for _ in range(REDIRECTS + 1):
            answer = self._once(method, url, {**(headers or {}), **self._log_in(url)}, body)
            self.url = url
            place = header(answer, "location")
            if answer.status not in _MOVED or not place:
                return answer
            further = urljoin(url, place)
            if url.startswith("https:") and not further.startswith("https:"):
                raise CalendarUnreadable("calendar_address_refused", "redirected out of https")
            url = further
        raise CalendarUnreadable("calendar_redirects")

    def _once(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> http.HttpAnswer:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise CalendarUnreadable("calendar_no_answer", "the reading's time is over")
        try:
            answer = http.request(
                method, url, headers=headers, body=body, seconds=left, max_body=self._left
            )
        except http.AddressRefused as problem:
            raise CalendarUnreadable("calendar_address_refused", str(problem)) from problem
        except http.AnswerTooLarge as problem:
            raise CalendarUnreadable("calendar_too_large", str(problem)) from problem
        except http.HttpFailed as problem:
            raise CalendarUnreadable("calendar_no_answer", str(problem)) from problem
        self._left -= len(answer.body)
        return answer

    def _log_in(self, url: str) -> dict[str, str]:
        address = self._address
        if not (address.user or address.password) or not _is_beside(address.url, url):
            return {}
        pair = f"{address.user}:{address.password}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}


def refuse_status(answer: http.HttpAnswer) -> None:
    """Raise CalendarUnreadable unless the server gave what was asked for."""
    if answer.status < 300:
        return
    reason = _REASONS.get(answer.status)
    if reason is None:
        busy = answer.status >= 500 or answer.status == 429
        reason = "calendar_server_fails" if busy else "calendar_wrong_answer"
    wish = header(answer, "retry-after")
    after = min(int(wish), _LONGEST_WISH) if wish.isascii() and wish.isdigit() else 0
    raise CalendarUnreadable(reason, f"status {answer.status}", after=after)


def header(answer: http.HttpAnswer, name: str) -> str:
    """One header of an answer by its name in small letters; "" when it has none."""
    return next((value for key, value in answer.headers.items() if key.lower() == name), "")


def _is_beside(own: str, other: str) -> bool:
    """Whether the log-in of one address may be sent to another."""
    here, there = urlsplit(own), urlsplit(other)
    if (here.scheme, here.hostname, here.port) == (there.scheme, there.hostname, there.port):
        return True
    if there.scheme != "https" or here.port != there.port:
        return False
    _, _, parent = (here.hostname or "").partition(".")
    name = there.hostname or ""
    if parent[-1:].isdigit() or ":" in parent:  # an address in numbers has no neighbours
        return False
    return "." in parent and (name == parent or name.endswith(f".{parent}"))
