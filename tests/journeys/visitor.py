"""Somebody with a browser, who notices everything that is wrong with a page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Cookie,
    Locator,
    Page,
    Response,
    expect,
)
from tests.journeys import pictures
from tests.journeys.cast import Organization
from tests.journeys.site import ARTIFACTS, ROOT

PHONE, DESKTOP = 360, 1280
HEIGHTS = {PHONE: 800, DESKTOP: 900}
SCREENS = ARTIFACTS / "screens"
_AXE = ROOT / "platform/cilis/web/assets/node_modules/axe-core/axe.min.js"
_RUN_AXE = "() => axe.run(document, {resultTypes: ['violations']})"
# Pictures further down are loaded when somebody comes near; a picture of the page shows all.
_SHOW_ALL = """async () => {
  const pictures = [...document.images];
  for (const picture of pictures) picture.loading = "eager";
  await Promise.all([document.fonts.ready, ...pictures.map((one) => one.decode().catch(() => null))]);
}"""
# Chromium says this of a socket whose page was left while it was being opened.
_LEFT_TOO_SOON = "closed before the connection is established"
_SESSIONS: dict[tuple[str, str], list[Cookie]] = {}


@dataclass
class Visitor:
    """A person in a browser of their own at one organization."""

    organization: Organization
    origin: str
    context: BrowserContext
    page: Page
    width: int
    with_axe: bool = True
    problems: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    forgiven: tuple[str, ...] = ()
    language: str = ""
    without_scripts: bool = False

    def __post_init__(self) -> None:
        self.language = self.language or self.organization.language
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda problem: self._note(f"script: {problem}"))
        self.page.on("response", self._receive)

    # -- going about

    def open(self, path: str) -> None:
        """Go to a page of the organization."""
        self.page.goto(self.origin + path)

    @property
    def path(self) -> str:
        """Where the visitor is."""
        return urlsplit(self.page.url).path

    def arrive(self, pattern: str) -> str:
        """Wait until the address fits; the part in brackets, or all of it."""
        compiled = re.compile(re.escape(self.origin) + pattern)
        self.page.wait_for_url(compiled, wait_until="load")
        found = compiled.match(self.page.url)
        assert found is not None
        return found[1] if found.groups() else found[0]

    def press(self, selector: str, *, within: Locator | None = None) -> None:
        """Press the first that can be seen; layouts for phones and desks repeat some buttons."""
        (within or self.page).locator(f"{selector} >> visible=true").first.click()

    def log_in(self, email: str, password: str, onward: str = "/") -> None:
        """Log in by the form; who did it before comes with the same session.

        The organization counts how often somebody logs in, and all journeys share its cast.
        """
        known = _SESSIONS.get((self.origin, email))
        if known:
            self.context.add_cookies(known)  # type: ignore[arg-type]
            self.open(onward)
            if self.path != "/log-in":
                return
        self.open(f"/log-in?next={onward}")
        self.page.fill("input[name=email]", email)
        self.page.fill("input[name=password]", password)
        self.page.locator("input[name=password]").press("Enter")
        self.arrive(re.escape(onward))
        _SESSIONS[self.origin, email] = [
            one for one in self.context.cookies() if "session" in one.get("name", "")
        ]

    # -- looking at the page

    def look(self, name: str, *, shot: bool = False) -> None:
        """The page is whole: right language, no sideways scrolling, nothing serious for axe."""
        self.seen.add(name)
        expect(self.page.locator("html")).to_have_attribute("lang", self.language)
        wide = (
            self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if self.scripts
            else 0
        )
        if wide > 0:
            self._note(f"{name}: {wide} px wider than the window")
        if shot:
            self.shoot(name)
        if self.scripts and self.with_axe:
            self._check_accessibility(name)
        self.complain()

    def shoot(self, name: str) -> None:
        """Save the whole page as a picture; its first screen too, where documentation shows it."""
        SCREENS.mkdir(parents=True, exist_ok=True)
        full = f"{self.organization.slug}-{name}"
        if self.scripts:
            self.page.evaluate(_SHOW_ALL)
        self.page.screenshot(
            path=SCREENS / f"{full}-{self.width}.png", full_page=True, animations="disabled"
        )
        if pictures.updating() and pictures.is_shown(full, self.width):
            self.page.evaluate("scrollTo(0, 0)")
            pictures.publish(full, self.width, self.page.screenshot(animations="disabled"))

    def complain(self) -> None:
        """Fail with everything that was wrong up to now."""
        assert not self.problems, f"{self.organization.slug} {self.width} px:\n" + "\n".join(
            self.problems
        )

    @property
    def scripts(self) -> bool:
        """Whether pages may run scripts."""
        return not self.without_scripts

    def _check_accessibility(self, name: str) -> None:
        self.page.evaluate(_AXE.read_text(encoding="utf-8"))
        found: Sequence[dict[str, Any]] = self.page.evaluate(_RUN_AXE)["violations"]
        for one in found:
            if one["impact"] in {"serious", "critical"}:
                nodes = [f"{node['target']} {node['html'][:160]}" for node in one["nodes"][:4]]
                self._note(
                    f"{name}: axe {one['id']} ({one['impact']}): {one['help']}\n    "
                    + "\n    ".join(nodes)
                )

    # -- what went wrong

    def _hear(self, message: ConsoleMessage) -> None:
        place = str(message.location.get("url", ""))
        ours = place.startswith(self.origin) or not place
        if message.type == "error" and ours and _LEFT_TOO_SOON not in message.text:
            self._note(f"console on {self.path}: {message.text} ({place})")

    def _receive(self, response: Response) -> None:
        if response.status >= 500 and response.url.startswith(self.origin):
            self._note(f"{response.status} from {response.url}")

    def _note(self, problem: str) -> None:
        if not any(words in problem for words in self.forgiven):
            self.problems.append(problem)
