"""What the demo's experts have in calendars elsewhere: a stand-in serves them."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

from cilis.cli.fill.gateways import PortsLike
from cilis.cli.fill.seed import SeedExpert, read_seed
from cilis.domains import calendars, experts, identity
from cilis.domains.calendars import Address, CalendarKind, WhenUnread, Wish
from cilis.infra.db import reading
from cilis.infra.tenancy import Tenant, serving
from cilis.kit.viewer import Viewer

_PATIENCE_MINUTES = 180


def connect_calendars(tenant: Tenant, pack: Path, ports: PortsLike) -> int:
    """Connect the pack's calendars, unless they can be read already; returns how many it did.

    The stand-ins must be up. A calendar whose address leads nowhere, because the stand-ins got
    another port this time, is connected anew.

    Raises:
        CalendarUnreadable: the stand-ins do not answer.
    """
    with serving(tenant):
        wanted = [one for one in read_seed(pack).experts if one.outside_calendar]
        return sum(_connect(one, ports) for one in wanted)


def _connect(one: SeedExpert, ports: PortsLike) -> int:
    with reading() as session:
        person = identity.person_by_email(session, one.email)
        expert_id = experts.expert_of_person(session, person.id) if person else None
        if person is None or expert_id is None:
            return 0  # a demo without people
        zone = experts.card(session, expert_id).time_zone
        known = [
            found.id
            for found in calendars.of_expert(session, expert_id)
            if found.name == one.outside_calendar
        ]
    viewer = Viewer(person.id, roles=frozenset({"expert"}))
    for calendar_id in known:
        calendars.refresh(calendar_id, viewer)
        with reading() as session:
            if calendars.one(session, expert_id, calendar_id).is_fresh:
                return 0
        calendars.disconnect(calendar_id, viewer)
    url = f"http://127.0.0.1:{ports.standins}/calendars/private.ics?{urlencode({'zone': zone})}"
    wish = Wish(
        CalendarKind.ICS, one.outside_calendar, Address(url), WhenUnread.OPEN, _PATIENCE_MINUTES
    )
    calendars.connect(wish, viewer)
    return 1
