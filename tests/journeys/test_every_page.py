"""Every page that links lead to, as everybody who may see it: whole, and nothing serious for axe."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from tests.journeys.cast import BOTH, Organization
from tests.journeys.site import Site
from tests.journeys.visitor import DESKTOP, PHONE, Visitor

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]

STARTS = {
    "nobody": ("/", "/log-in", "/sign-up", "/forgot", "/apply", "/nothing-here"),
    "client": ("/bookings", "/account", "/messages", "/notices"),
    "expert": ("/desk",),
    "admin": ("/admin",),
}
AT_LEAST = {"nobody": 8, "client": 10, "expert": 10, "admin": 18}
_ID = re.compile(r"/[0-9a-f]{8}-[0-9a-f-]{27}")
_NAMED = re.compile(r"^/(experts|pages)/[^/]+")
_OTHERS = re.compile(
    r"^/(static|media|api|language|log-out|unsubscribe|styleguide)\b|\.(csv|ics|pdf|xml)$|/room$|/documents/"
    r"|/files/|/verification-documents/"
)
# What a page says of a refusal on purpose.
_REFUSALS = {"/nothing-here": "404"}


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("role", STARTS)
@pytest.mark.parametrize("organization", BOTH, ids=lambda one: one.slug)
def test_every_page(
    site: Site, visit: Callable[..., Visitor], organization: Organization, role: str, width: int
) -> None:
    visitor = visit(organization, width)
    if role != "nobody":
        email = _email(site, organization, role)
        visitor.log_in(*site.log_in(email), onward=STARTS[role][0])
        visitor.language = visitor.page.locator("html").get_attribute("lang") or ""
    kinds: set[str] = set()
    waiting = deque(STARTS[role])
    while waiting:
        address = waiting.popleft()
        kind = kind_of(address)
        if kind in kinds or not _belongs(kind, role):
            continue
        kinds.add(kind)
        visitor.forgiven = (_REFUSALS[kind],) if kind in _REFUSALS else ()
        visitor.open(address)
        visitor.look(f"page-{role}{kind.replace('/', '-').rstrip('-')}", shot=True)
        waiting.extend(_links(visitor))
    assert len(kinds) >= AT_LEAST[role], sorted(kinds)


def kind_of(address: str) -> str:
    """An address without what makes it one thing's own."""
    path = urlsplit(address).path
    return _NAMED.sub(r"/\1/…", _ID.sub("/…", path))


def _belongs(kind: str, role: str) -> bool:
    """Staff and experts look at their own side here; the public one was seen by others."""
    if _OTHERS.search(kind):
        return False
    home = {"expert": "/desk", "admin": "/admin"}.get(role)
    if home is not None:
        return kind.startswith(home)
    if role == "client":
        return not kind.startswith(("/desk", "/admin", "/experts", "/pages")) and kind != "/"
    return True


def _links(visitor: Visitor) -> list[str]:
    found = visitor.page.eval_on_selector_all(
        "a[href]", "links => links.map(link => link.getAttribute('href'))"
    )
    return [address for address in found if address.startswith("/")]


def _email(site: Site, organization: Organization, role: str) -> str:
    if role == "admin":
        return organization.admin
    if role == "expert":
        return organization.expert.email
    told = site.log_ins()  # organization by organization, staff first
    begin = [email for _, email, _ in told].index(organization.admin)
    return next(email for kind, email, _ in told[begin:] if kind == "client")
