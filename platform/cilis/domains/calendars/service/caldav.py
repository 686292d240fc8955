"""Calendars on a CalDAV server: found below an address, asked for the entries of a window.

What the entries mean is decided by the same code as for a file. Three questions are all that
reading needs; a library for them would bring an HTTP client that puts itself in the place of the
one which keeps strangers' addresses away from this network.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urljoin

from cilis.domains.calendars.errors import CalendarUnreadable
from cilis.domains.calendars.service.calls import Caller
from cilis.domains.calendars.service.ics import digest_of
from cilis.domains.calendars.service.multistatus import CAL, DAV, Resource, entries, look
from cilis.domains.calendars.types import Address, Fetched, Mark
from cilis.domains.scheduling import Window

MOST_FOUND = 20
"""How many calendars of one account are read; more are refused, as they would stay unseen."""
_LONGEST_NAME = 100
_WELL_KNOWN = "/.well-known/caldav"
_TRY_ELSEWHERE = frozenset({"calendar_not_there", "calendar_wrong_answer", "calendar_no_caldav"})


def fetch(address: Address, known: Mark, window: Window) -> Fetched | None:
    """All calendars that an address means, or None when they are as they were at ``known``.

    An address that is a calendar itself is that one alone; of an account all its calendars are
    read. Raises CalendarUnreadable.
    """
    caller = Caller(address)
    found = _calendars(caller, address.url)
    whole = ""
    if all(one.mark for one in found):
        whole = digest_of(*sorted(f"{one.url} {one.mark}".encode() for one in found))
        if whole == known.etag:
            return None
    contents = [content for one in found for content in entries(caller, one.url, window)]
    digest = digest_of(*sorted(contents))
    if not whole and digest == known.digest:
        return None
    names = [one.text(f"{DAV}displayname")[:_LONGEST_NAME] for one in found]
    return Fetched(contents, [name for name in names if name], Mark(whole, "", digest))


def _calendars(caller: Caller, url: str) -> Sequence[Resource]:
    itself = _entrance(caller, url)
    if itself.is_calendar:
        return [itself]
    homes = itself.hrefs(f"{CAL}calendar-home-set")
    for principal in [] if homes else itself.hrefs(f"{DAV}current-user-principal")[:1]:
        homes = _first(caller, principal).hrefs(f"{CAL}calendar-home-set")
    below = [one for home in homes[:2] for one in look(caller, home, 1) if one.is_calendar]
    if not below:
        raise CalendarUnreadable("calendar_none_found")
    if len(below) > MOST_FOUND:
        raise CalendarUnreadable("calendar_too_many_found")
    return below


def _entrance(caller: Caller, url: str) -> Resource:
    """What lies at the address, or where its host says that calendars begin (RFC 6764)."""
    try:
        found = _first(caller, url)
    except CalendarUnreadable as problem:
        if problem.reason not in _TRY_ELSEWHERE:
            raise
        return _first(caller, urljoin(url, _WELL_KNOWN))
    ways = found.hrefs(f"{CAL}calendar-home-set") or found.hrefs(f"{DAV}current-user-principal")
    if found.is_calendar or ways:
        return found
    return _first(caller, urljoin(url, _WELL_KNOWN))


def _first(caller: Caller, url: str) -> Resource:
    found = look(caller, url, 0)
    if not found:
        raise CalendarUnreadable("calendar_no_caldav", "an answer without a resource")
    return found[0]
