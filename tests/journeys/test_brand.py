"""White label: a visitor of one organization sees nothing of the platform or of another one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from tests.journeys.booking_steps import PASSWORD
from tests.journeys.cast import BOTH, Organization
from tests.journeys.mails import mail_about, mails_to
from tests.journeys.program import Program
from tests.journeys.site import Site
from typing_extensions import override

from cilis.testing.client import Answer, Client

pytestmark = [pytest.mark.journey, pytest.mark.timeout(420)]
PLATFORM = b"cilis"
MOST_PAGES = 70
MOST_OF_A_KIND = 8
BEYOND_LINKS = (
    "/robots.txt", "/sitemap.xml", "/api/docs", "/api/openapi.json", "/nothing-here", "/log-in",
    "/sign-up", "/forgot", "/apply", "/bookings", "/desk", "/admin", "/health",
    "/experts/completions?q=a", "/experts?q=%00", "/api/v1/experts", "/api/v1/nothing",
)  # fmt: skip


class _Words(HTMLParser):
    """The words a reader sees, and where links and files lead."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.addresses: list[str] = []
        self._silent = 0

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in {"script", "style"}
        for name, value in attrs:
            if name in {"href", "src", "srcset"} and value:
                self.addresses.append(value)
            elif name in {"alt", "title", "placeholder", "aria-label", "content"} and value:
                self.words.append(value)

    @override
    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in {"script", "style"}

    @override
    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.append(data)


@pytest.mark.parametrize("organization", BOTH, ids=lambda one: one.slug)
def test_a_crawl_finds_no_foreign_word(site: Site, organization: Organization) -> None:
    foreign = [mark for other in BOTH if other is not organization for mark in other.marks]
    seen: Counter[str] = Counter()
    with site.client(organization) as client:
        for address, answer in _crawl(client, ["/", *BEYOND_LINKS]):
            seen[_kind(address)] += 1
            _expect_nothing(PLATFORM, address, answer)
            assert answer.status < 500, (address, answer.status)
            if "html" in answer.headers.get("content-type", ""):
                words = _read(answer).words
                text = " ".join(words).casefold()
                for mark in foreign:
                    assert not re.search(rf"\b{re.escape(mark)}\b", text), (address, mark)
                assert not any("&lt;" in word or "{{" in word or "%(" in word for word in words), (
                    address
                )
        assert not any("cilis" in name for name in client.cookies)
    assert seen["page"] > 25, seen
    assert seen["static"] > 5, seen


@pytest.mark.parametrize("organization", BOTH, ids=lambda one: one.slug)
def test_own_pages_and_mails_name_only_the_organization(
    site: Site, organization: Organization
) -> None:
    program = Program.of_somebody_new(site, organization)
    held = program.book(organization.expert, which=3)
    program.wait_for_state(held["id"], "confirmed")
    mail_about(site, program.email, "invite")
    for mail in mails_to(site, program.email):
        mail.speaks_for(organization, organization.client)

    insiders = {
        program.email: (PASSWORD, ["/bookings", f"/bookings/{held['id']}", "/account",
                                   f"/bookings/{held['id']}/calendar.ics",
                                   f"/bookings/{held['id']}/cancel", f"/bookings/{held['id']}/reschedule"]),
        organization.expert.email: (site.log_in(organization.expert.email)[1],
                                    ["/desk", "/desk/hours", "/desk/services", "/desk/profile"]),
        organization.admin: (site.log_in(organization.admin)[1],
                             ["/admin", "/admin/verification", "/admin/payments", "/admin/extensions"]),
    }  # fmt: skip
    for email, (password, paths) in insiders.items():
        with site.client(organization) as client:
            entered = client.submit("/log-in", "/log-in", email=email, password=password)
            assert entered.status == 303, entered.text[:600]
            for path in paths:
                answer = client.get(path)
                assert answer.status == 200, (path, answer.status)
                _expect_nothing(PLATFORM, path, answer)


def test_the_two_share_no_colour_and_no_picture(site: Site) -> None:
    looks = []
    for organization in BOTH:
        with site.client(organization) as client:
            home = _read(client.get("/"))
            sheet = next(one for one in home.addresses if one.startswith("/brand."))
            pictures = {one for one in home.addresses if one.startswith("/media/")}
            colours = dict(re.findall(r"--(brand[\w-]*):\s*([^;]+);", client.get(sheet).text))
            fonts = set(re.findall(r"--font-text:\s*([^;]+);", client.get(sheet).text))
        assert pictures
        assert colours
        looks.append((pictures, colours, fonts))
    (pictures, colours, fonts), (other_pictures, other_colours, other_fonts) = looks
    assert not pictures & other_pictures
    assert colours["brand"] != other_colours["brand"]
    assert fonts.isdisjoint(other_fonts)


def _crawl(client: Client, starts: list[str]) -> Iterator[tuple[str, Answer]]:
    waiting, known, kinds = list(starts), set(starts), Counter[str]()
    while waiting:
        address = waiting.pop(0)
        answer = client.get(address)
        yield address, answer
        found = [answer.location] if answer.location else []
        if "html" in answer.headers.get("content-type", ""):
            found += _read(answer).addresses
        elif address == "/sitemap.xml":
            found += re.findall(r"<loc>([^<]+)</loc>", answer.text)
        elif "css" in answer.headers.get("content-type", ""):
            found += re.findall(r"url\(\"?([^)\"]+)", answer.text)
        for one in found:
            target = _own(client, address, unescape(one))
            kind = _pattern(target)
            if (
                target
                and target not in known
                and kinds[kind] < MOST_OF_A_KIND
                and len(known) < 4 * MOST_PAGES
            ):
                kinds[kind] += 1
                known.add(target)
                waiting.append(target)


def _own(client: Client, base: str, link: str) -> str:
    """The path of a link that stays on this host, or nothing."""
    origin = f"http://{client.host}:{client.port}"
    parts = urlsplit(urldefrag(urljoin(origin + base, link))[0])
    if f"{parts.scheme}://{parts.netloc}" != origin:
        return ""
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _pattern(address: str) -> str:
    """Pages that differ by a name or a time only are of one kind."""
    parts = urlsplit(address)
    names = "&".join(sorted(pair.partition("=")[0] for pair in parts.query.split("&")))
    head = "/".join(parts.path.split("/")[:2])
    return f"{head}?{names}"


def _kind(address: str) -> str:
    head = address.split("/")[1]
    return head if head in {"static", "media", "api"} else "page"


def _read(answer: Answer) -> _Words:
    found = _Words()
    found.feed(answer.text)
    return found


def _expect_nothing(word: bytes, address: str, answer: Answer) -> None:
    assert word not in address.encode().lower(), address
    for name, value in answer.headers.items():
        assert word not in f"{name}: {value}".encode().lower(), (address, name, value)
    place = answer.body.lower().find(word)
    assert place < 0, (address, answer.body[max(0, place - 120) : place + 80])
