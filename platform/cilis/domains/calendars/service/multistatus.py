"""WebDAV's questions and answers (RFC 4918, RFC 4791), as far as reading calendars needs them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin
from xml.sax.saxutils import quoteattr

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from cilis.domains.calendars.errors import CalendarUnreadable
from cilis.domains.calendars.service.calls import Caller, refuse_status
from cilis.domains.scheduling import Window

DAV = "{DAV:}"
CAL = "{urn:ietf:params:xml:ns:caldav}"
SERVER = "{http://calendarserver.org/ns/}"
_NAMES = {"D": DAV, "C": CAL, "S": SERVER}
_OPENING = " ".join(f"xmlns:{short}={quoteattr(name[1:-1])}" for short, name in _NAMES.items())
_PROPERTIES = (
    "D:resourcetype", "D:displayname", "D:sync-token", "S:getctag", "D:current-user-principal",
    "C:calendar-home-set", "C:supported-calendar-component-set",
)  # fmt: skip
_LOOK = (
    f'<?xml version="1.0" encoding="utf-8"?><D:propfind {_OPENING}><D:prop>'
    + "".join(f"<{name}/>" for name in _PROPERTIES)
    + "</D:prop></D:propfind>"
).encode()
_QUERY = (
    f'<?xml version="1.0" encoding="utf-8"?><C:calendar-query {_OPENING}>'
    "<D:prop><C:calendar-data/></D:prop><C:filter>"
    '<C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">'
    '<C:time-range start="%s" end="%s"/>'
    "</C:comp-filter></C:comp-filter></C:filter></C:calendar-query>"
)


@dataclass(frozen=True, slots=True)
class Resource:
    """One thing on the server: its address, and the properties it has, as elements by name."""

    url: str
    properties: Mapping[str, Any]

    def text(self, name: str) -> str:
        """A property's text, "" where there is none."""
        found = self.properties.get(name)
        return (found.text or "").strip() if found is not None else ""

    def hrefs(self, name: str) -> list[str]:
        """The addresses that a property names, made whole."""
        found = self.properties.get(name)
        below = found.findall(f"{DAV}href") if found is not None else []
        return [urljoin(self.url, (one.text or "").strip()) for one in below]

    @property
    def is_calendar(self) -> bool:
        """Whether it is a calendar that may hold entries with times."""
        kinds = self.properties.get(f"{DAV}resourcetype")
        if kinds is None or kinds.find(f"{CAL}calendar") is None:
            return False
        holds = self.properties.get(f"{CAL}supported-calendar-component-set")
        names = {one.get("name") for one in holds} if holds is not None else set()
        return not names or "VEVENT" in names

    @property
    def mark(self) -> str:
        """What changes with every change of its entries; "" where the server has no such thing."""
        return self.text(f"{DAV}sync-token") or self.text(f"{SERVER}getctag")


def look(caller: Caller, url: str, depth: int) -> list[Resource]:
    """A resource, and with depth 1 those right below it; raises CalendarUnreadable."""
    return list(_ask(caller, "PROPFIND", url, _LOOK, depth))


def entries(caller: Caller, url: str, window: Window) -> list[bytes]:
    """The entries of a calendar that touch a window; raises CalendarUnreadable."""
    start, end = (at.strftime("%Y%m%dT%H%M%SZ") for at in window)
    found = _ask(caller, "REPORT", url, (_QUERY % (start, end)).encode(), 1)
    texts = (one.text(f"{CAL}calendar-data") for one in found)
    return [text.encode() for text in texts if text]


def _ask(caller: Caller, method: str, url: str, body: bytes, depth: int) -> Iterator[Resource]:
    headers = {"Content-Type": "application/xml; charset=utf-8", "Depth": str(depth)}
    answer = caller.call(method, url, headers=headers, body=body)
    refuse_status(answer)
    if answer.status != 207:
        raise CalendarUnreadable("calendar_no_caldav", f"status {answer.status}")
    try:
        tree = fromstring(answer.body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as problem:
        raise CalendarUnreadable("calendar_no_caldav", type(problem).__name__) from problem
    place = caller.url
    for one in tree.iter(f"{DAV}response"):
        if " 507" in (one.findtext(f"{DAV}status") or ""):
            raise CalendarUnreadable("calendar_too_many_entries", "the server cut its answer")
        properties = {
            below.tag: below
            for part in one.findall(f"{DAV}propstat")
            if " 200" in (part.findtext(f"{DAV}status") or "")
            for holder in part.findall(f"{DAV}prop")
            for below in holder
        }
        href = (one.findtext(f"{DAV}href") or "").strip()
        yield Resource(urljoin(place, href), properties)
