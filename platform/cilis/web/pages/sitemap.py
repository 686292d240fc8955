"""What search engines are told of the site: which pages there are, and where they need not look."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID
from xml.sax.saxutils import escape, quoteattr

from flask import Blueprint, Response, request, url_for

from cilis.domains import content, experts
from cilis.infra import cache
from cilis.infra.db import reading
from cilis.infra.http.addresses import absolute
from cilis.infra.http.policies import PUBLIC, policy
from cilis.kit.errors import NotFound
from cilis.web.visit import organization

pages = Blueprint("sitemap_pages", __name__)

MOST_ADDRESSES = 10_000
"""Of one part. 50,000 and 50 MB are allowed; with all their languages these are about 6 MB."""
PRIVATE = (
    "/account", "/admin", "/api/", "/bookings", "/calendar-feeds/", "/change-email/", "/checkout/",
    "/credits", "/desk", "/experts/completions", "/forgot", "/hooks/", "/log-in", "/messages",
    "/notices", "/payments/", "/reset/", "/saved", "/sign-up", "/styleguide", "/unsubscribe/",
    "/verification-documents", "/verify/", "/zone",
)  # fmt: skip
NARROWED = (
    "after", "country", "language", "max", "min", "minutes", "mode", "rating", "sort", "verified",
    "when",
)  # fmt: skip
"""What makes endless lists of the one list of a field; its page is listed here."""
_FRESH = "public, max-age=3600"
_REMEMBERED = 600
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SITEMAPS = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XHTML = "http://www.w3.org/1999/xhtml"


@dataclass(frozen=True, slots=True)
class Site:
    """What all addresses of a part have in common; a part is written after the request."""

    origin: str
    languages: Sequence[str]
    first: str

    def address(self, path: str, language: str = "") -> str:
        """The full address of a page in a language."""
        if language in {"", self.first}:
            return f"{self.origin}{path}"
        return f"{self.origin}{path}{'&' if '?' in path else '?'}lang={language}"


@pages.get("/robots.txt")
@policy(PUBLIC)
def robots() -> Response:
    """Where programs need not look, and where the list of pages is."""
    refused = [f"Disallow: {path}" for path in PRIVATE]
    refused += [f"Disallow: /experts?*{name}=" for name in NARROWED]
    lines = ["User-agent: *", *refused, "", f"Sitemap: {absolute('/sitemap.xml')}", ""]
    return _answer("\n".join(lines), "text/plain; charset=utf-8")


@pages.get("/sitemap.xml")
@policy(PUBLIC)
def index() -> Response:
    """The parts of the list of pages: one for pages of the house, the others for experts."""
    parts = [url_for(".part_of_pages")]
    parts += [url_for(".part_of_experts", since=one) for one in _parts()]
    rows = "".join(f"<sitemap><loc>{escape(absolute(path))}</loc></sitemap>\n" for path in parts)
    xml = f'{_HEAD}<sitemapindex xmlns="{_SITEMAPS}">\n{rows}</sitemapindex>\n'
    return _answer(xml, "application/xml; charset=utf-8")


@pages.get("/sitemaps/pages.xml")
@policy(PUBLIC)
def part_of_pages() -> Response:
    """The first page, the lists of fields in which there is somebody, and pages of text."""
    with reading() as session:
        topics = experts.topics(session)
        chosen = experts.chosen_topics(session)
    fields = [
        topic
        for root in topics
        for topic in root.walk()
        if any(below.id in chosen for below in topic.walk())
    ]
    paths = ["/"]
    paths += ["/experts"] if chosen else []
    paths += [f"/experts?{urlencode({'field': topic.slug})}" for topic in fields]
    frame = content.frame()  # what is linked nowhere is not for strangers
    paths += [f"/pages/{one.slug}" for one in (*frame.menu, *frame.footer)]
    xml = "".join(_written(((path, None) for path in paths), _site()))
    return _answer(xml, "application/xml; charset=utf-8")


@pages.get("/sitemaps/experts/<uuid:since>.xml")
@policy(PUBLIC)
def part_of_experts(since: UUID) -> Response:
    """Public pages of experts, from one on. Written while it is sent."""
    site = _site()
    with reading() as session:
        found = experts.public_pages(session, since, _experts_of_a_part())
    if not found:
        raise NotFound(f"nobody from {since} on")
    rows = ((f"/experts/{one.slug}", one.changed_at) for one in found)
    response = Response(_written(rows, site), content_type="application/xml; charset=utf-8")
    response.set_etag(_mark(found, site), weak=True)
    return _kept(response)


def _parts() -> list[UUID]:
    """With which expert each part begins; remembered, for a million of them are gone through."""
    known = cache.get("sitemap.parts")
    if isinstance(known, list) and known[:1] == [_experts_of_a_part()]:
        return [UUID(one) for one in known[1:]]
    with reading() as session:
        found = experts.first_of_parts(session, _experts_of_a_part())
    if found:
        cache.put("sitemap.parts", [_experts_of_a_part(), *map(str, found)], _REMEMBERED)
    return found


def _experts_of_a_part() -> int:
    return max(1, MOST_ADDRESSES // len(organization().languages))


def _site() -> Site:
    found = organization()
    return Site(absolute(""), tuple(found.languages), found.default_language)


def _written(rows: Iterable[tuple[str, datetime | None]], site: Site) -> Iterator[str]:
    """The part as XML, some pages at a time: each language's page names all of them."""
    yield f'{_HEAD}<urlset xmlns="{_SITEMAPS}" xmlns:xhtml="{_XHTML}">\n'
    ready: list[str] = []
    for path, changed_at in rows:
        ready.append(_entries(path, changed_at, site))
        if len(ready) >= 200:
            yield "".join(ready)
            ready.clear()
    yield "".join([*ready, "</urlset>\n"])


def _entries(path: str, changed_at: datetime | None, site: Site) -> str:
    others = ""
    if len(site.languages) > 1:
        named = [(one, site.address(path, one)) for one in site.languages]
        named.append(("x-default", site.address(path)))
        others = "".join(
            f'<xhtml:link rel="alternate" hreflang="{one}" href={quoteattr(address)}/>'
            for one, address in named
        )
    at = f"<lastmod>{changed_at.isoformat(timespec='seconds')}</lastmod>" if changed_at else ""
    return "".join(
        f"<url><loc>{escape(site.address(path, one))}</loc>{at}{others}</url>\n"
        for one in site.languages
    )


def _mark(found: Sequence[experts.PublicPage], site: Site) -> str:
    """Changes with whatever is written."""
    digest = hashlib.sha256(repr(site).encode())
    for one in found:
        digest.update(f"{one.slug} {one.changed_at.isoformat()}\n".encode())
    return digest.hexdigest()[:32]


def _answer(text: str, content_type: str) -> Response:
    response = Response(text, content_type=content_type)
    response.add_etag()
    return _kept(response)


def _kept(response: Response) -> Response:
    response.headers["Cache-Control"] = _FRESH
    response.make_conditional(request)
    return response
