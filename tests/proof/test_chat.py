"""Two browsers write to each other while processes die: nothing lost, nothing doubled, one order."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright

from cilis.domains import messaging
from cilis.domains.messaging import MessageKind, PastMessage
from cilis.infra.db import reading, transaction
from cilis.infra.tenancy import Tenant, serving
from cilis.kit import clock
from cilis.testing.running import Running
from cilis.testing.scene import PASSWORD, Scene, open_scene

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
PATIENCE = 30_000
_LINES = "found => found.map(one => [Number(one.parentElement.dataset.number), one.innerText])"

# A network that carries what is sent, and loses what comes back.
_LOSE_ANSWERS = """() => {
  window.realFetch = window.fetch;
  window.fetch = async (...asked) => {
    const answer = await window.realFetch(...asked);
    if (asked[1]?.method === "POST") throw new TypeError("lost");
    return answer;
  };
}"""


class Side:
    """One of the two people, with a browser of their own."""

    def __init__(self, context: BrowserContext, origin: str, email: str, talk: UUID) -> None:
        self.context = context
        self.page: Page = context.new_page()
        self.page.goto(f"{origin}/log-in?next=/messages/{talk}")
        self.page.fill("input[name=email]", email)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.locator("input[name=password]").press("Enter")
        self.page.wait_for_url(f"{origin}/messages/{talk}")
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.page.fill("textarea[name=text]", text)
        self.page.locator(".composer .send").click()
        self.said.append(text)

    def write_a_letter(self) -> None:
        """Begin to write, without sending."""
        self.page.locator("textarea[name=text]").press_sequentially("…")

    def sees_writing(self, *, other: Side) -> None:
        """The socket works: that somebody writes is told by nothing else."""
        for _ in range(20):
            other.page.fill("textarea[name=text]", "")
            other.write_a_letter()
            try:
                expect(self.page.locator("[data-typing]")).to_be_visible(timeout=2_500)
            except AssertionError:
                continue
            return
        raise AssertionError("the socket does not come back")

    def lines(self) -> list[tuple[int, str]]:
        """What stands there, as numbers and texts, in the order of the page."""
        found = self.page.locator("[data-number] > .bubble").evaluate_all(_LINES)
        return [(number, text) for number, text in found]

    def has(self, *texts: str) -> None:
        """All of these stand there, and nothing is on its way any more."""
        for text in texts:
            expect(self.page.locator("[data-lines]").get_by_text(text, exact=True)).to_have_count(
                1, timeout=PATIENCE
            )
        expect(self.page.locator(".line.pending")).to_have_count(0, timeout=PATIENCE)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        if os.environ.get("CI") == "true":  # noqa: TID251
            pytest.fail("no chromium on this machine (Debian: apt-get install chromium)")
        pytest.skip("no chromium on this machine (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def stage(running: Running, first: Tenant) -> tuple[Scene, UUID]:
    """An organization with a conversation, and all its processes."""
    with serving(first):
        scene = open_scene()
        with transaction() as session:
            talk = messaging.import_conversation(
                session, client_id=scene.client, expert_id=scene.expert,
                expert_person_id=scene.expert_person,
                messages=[PastMessage(True, "Chào chị", clock.now())],
            )  # fmt: skip
    for kind in ("web", "sockets", "worker", "relay"):
        running.start(kind)
    return scene, talk


@pytest.fixture
def sides(
    chromium: Browser, running: Running, stage: tuple[Scene, UUID]
) -> Iterator[tuple[Side, Side]]:
    scene, talk = stage
    origin = f"http://{scene.tenant.host}:{running.ports['web']}"
    contexts = [chromium.new_context(viewport={"width": 800, "height": 900}) for _ in range(2)]
    for context in contexts:
        context.set_default_timeout(PATIENCE)
    client = Side(contexts[0], origin, scene.emails["client"], talk)
    expert = Side(contexts[1], origin, scene.emails["expert"], talk)
    yield client, expert
    for context in contexts:
        context.close()


def lose_what_is_sent(route: Route) -> None:
    """A network that lets through only what asks."""
    if route.request.method == "POST":
        route.abort()
    else:
        route.continue_()


def stored(scene: Scene, talk: UUID) -> list[tuple[int, str]]:
    with serving(scene.tenant), reading() as session:
        page = messaging.messages_page(session, talk, limit=100)
    return [(line.number, line.text) for line in page.items if line.kind is MessageKind.TEXT]


def compare(scene: Scene, talk: UUID, client: Side, expert: Side) -> None:
    """Both sides and the database agree, and everything that was said stands there once."""
    said = client.said + expert.said
    for side in (client, expert):
        side.has(*said)
    truth = stored(scene, talk)
    assert client.lines() == truth
    assert expert.lines() == truth
    texts = [text for _, text in truth]
    assert sorted(text for text in texts if text in said) == sorted(said)
    for side in (client, expert):  # each one's own lines keep the order in which they were said
        assert [text for text in texts if text in side.said] == side.said


def test_the_socket_process_is_killed_between_messages(
    running: Running, stage: tuple[Scene, UUID], sides: tuple[Side, Side]
) -> None:
    scene, talk = stage
    client, expert = sides
    expert.sees_writing(other=client)

    def rounds(name: str, count: int) -> None:
        for number in range(count):
            client.say(f"{name} client {number}")
            expert.say(f"{name} expert {number}")

    rounds("before", 3)
    running.kill("sockets")
    rounds("without", 5)
    compare(scene, talk, client, expert)  # it goes on without sockets
    running.start("sockets")
    rounds("again", 3)
    expert.sees_writing(other=client)
    client.page.fill("textarea[name=text]", "")
    rounds("after", 2)
    compare(scene, talk, client, expert)
    expect(client.page.locator(".line.mine .fate").last).to_have_attribute("data-state", "read")


def test_answers_are_lost_and_the_network_goes(
    stage: tuple[Scene, UUID], sides: tuple[Side, Side]
) -> None:
    scene, talk = stage
    client, expert = sides
    client.page.evaluate(_LOSE_ANSWERS)
    for number in range(3):
        client.say(f"answer lost {number}")
    expect(client.page.locator("[data-offline]")).to_be_visible()
    expect(
        expert.page.locator("[data-lines]").get_by_text("answer lost 0", exact=True)
    ).to_have_count(1)  # it was sent
    client.page.evaluate("window.fetch = window.realFetch")
    compare(scene, talk, client, expert)
    client.context.set_offline(offline=True)
    for number in range(3):
        client.say(f"offline {number}")
        expert.say(f"meanwhile {number}")
    expect(client.page.locator("[data-offline]")).to_be_visible()
    expect(client.page.locator(".line.pending")).to_have_count(3)
    client.page.evaluate("window.stillHere = true")
    client.context.set_offline(offline=False)
    compare(scene, talk, client, expert)
    assert client.page.evaluate("window.stillHere") is True
    client.page.reload()
    client.has(*client.said)


def test_what_waits_survives_a_reload(stage: tuple[Scene, UUID], sides: tuple[Side, Side]) -> None:
    scene, talk = stage
    client, expert = sides
    client.page.route(f"**/messages/{talk}", lose_what_is_sent)
    client.say("kept over a reload")
    expect(client.page.locator("[data-offline]")).to_be_visible()
    client.page.unroute(f"**/messages/{talk}")
    client.page.reload()
    compare(scene, talk, client, expert)
