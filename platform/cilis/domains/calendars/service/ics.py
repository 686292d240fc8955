"""A calendar at an address: one file in iCalendar form, asked for only when it has changed."""

from __future__ import annotations

import hashlib

from cilis.domains.calendars.service.calls import Caller, header, refuse_status
from cilis.domains.calendars.types import Address, Fetched, Mark

_ACCEPT = "text/calendar, text/plain;q=0.5, */*;q=0.1"

_LONGEST = 300


def fetch(address: Address, known: Mark) -> Fetched | None:
    """The calendar, or None when it is as it was at ``known``; raises CalendarUnreadable."""
    headers = {"Accept": _ACCEPT}
    if known.etag:
        headers["If-None-Match"] = known.etag
    if known.modified:
        headers["If-Modified-Since"] = known.modified
    answer = Caller(address).call("GET", address.url, headers=headers)
    if answer.status == 304 and known != Mark():
        return None
    refuse_status(answer)
    digest = digest_of(answer.body)
    if digest == known.digest:
        return None
    etag, modified = (header(answer, name) for name in ("etag", "last-modified"))
    mark = Mark(etag if len(etag) <= _LONGEST else "", modified[:_LONGEST], digest)
    return Fetched([answer.body], (), mark)


def digest_of(*contents: bytes) -> str:
    """What a calendar's entries are known again by.

    Without the lines that say when the file was made: some services make it anew for each call.
    """
    found = hashlib.sha256()
    for content in contents:
        for line in content.splitlines():
            if not line.startswith(b"DTSTAMP"):
                found.update(line + b"\n")
    return found.hexdigest()
