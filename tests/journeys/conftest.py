"""One demo and one browser for all journeys."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright
from tests.journeys import pictures
from tests.journeys import site as sites
from tests.journeys.cast import Organization
from tests.journeys.site import Site
from tests.journeys.visitor import DESKTOP, HEIGHTS, PHONE, Visitor

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATIENCE = 20_000
FAILED = pytest.StashKey[bool]()
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo. ``JOURNEY_SITE=<data folder>`` uses one that runs already, with its output in
    ``<data folder>.out``."""
    running = os.environ.get("JOURNEY_SITE", "")  # noqa: TID251
    if running:
        yield Site(Path(running), Path(running).with_suffix(".out").read_text())
        return
    found = sites.start(tmp_path_factory.mktemp("journey") / "demo")
    try:
        yield found
    finally:
        sites.stop(found)


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as found:
        yield found


@pytest.fixture(scope="package")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        reason = "no chromium on this machine (Debian: apt-get install chromium)"
        if os.environ.get("CI") == "true":  # noqa: TID251
            pytest.fail(reason)
        pytest.skip(reason)
    browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
    yield browser
    browser.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture
def visit(
    site: Site, chromium: Browser, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Visitor]]:
    """Somebody new at an organization; at the end nothing may have been wrong with any page."""
    visitors: list[Visitor] = []

    def come(
        organization: Organization, width: int, *, scripts: bool = True, axe: bool = True
    ) -> Visitor:
        sharp = pictures.updating() and width == PHONE
        context = chromium.new_context(
            base_url=site.origin(organization), java_script_enabled=scripts,
            viewport={"width": width, "height": HEIGHTS[width]}, locale=organization.locale,
            timezone_id=organization.zone, reduced_motion="reduce", has_touch=width < DESKTOP,
            device_scale_factor=2 if sharp else 1,
        )  # fmt: skip
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        visitor = Visitor(
            organization, site.origin(organization), context, page, width, with_axe=axe,
            without_scripts=not scripts,
        )  # fmt: skip
        visitors.append(visitor)
        return visitor

    yield come
    for number, visitor in enumerate(visitors):
        if request.node.stash.get(FAILED, False):
            visitor.shoot(f"failed-{request.node.name}-{number}")
        visitor.context.close()
    for visitor in visitors:
        visitor.complain()
