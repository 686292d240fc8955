"""SIGKILL at named points during booking and payment: nothing lost, nothing double.

Four or five times at each of eleven points; 200 times in the long round (``KILLS=200``).
"""

from __future__ import annotations

import functools
import json
import os
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
import sqlalchemy as sa
from icalendar import Calendar
from tests.faults import invariants

from cilis.domains import identity, pricing
from cilis.infra import clocksync, provisioning, relay
from cilis.infra.db import reading, transaction
from cilis.infra.routing_models import OutboxRow, ReceiptRow
from cilis.infra.tenancy import RELAY, Tenant, serving
from cilis.kit import passwords
from cilis.kit.viewer import Caller
from cilis.testing import auditor
from cilis.testing.client import Answer, Client
from cilis.testing.running import Running
from cilis.testing.scene import PASSWORD, Scene, open_scene, switch_on
from cilis.testing.standins.control import StandIns

KILLS = int(os.environ.get("KILLS", "50"))  # noqa: TID251 - how long, not how it is set
# Not every run reaches its point: another process may have done the work.
MOST_RUNS = KILLS + KILLS // 2 + 4
WITHOUT_REDIS = 2
WITHOUT_OUTBOX = 1
BETWEEN_WEB_KILLS = 6.5
PATIENCE = 150  # on a busy machine a killed server is long in coming back
POINTS = [
    ("web", "before_commit"), ("worker", "before_delivery"), ("relay", "after_claim"),
    ("web", "after_commit"), ("worker", "before_commit"), ("relay", "before_commit"),
    ("web", "before_reply"), ("worker", "after_commit"), ("relay", "after_commit"),
    ("web", "after_gateway_call"), ("worker", "before_receipt"),
]  # fmt: skip
KINDS = ("web", "worker", "relay")


class Story:
    """One organization whose processes die while people book and pay."""

    def __init__(self, running: Running, tenant: Tenant) -> None:
        self.running, self.tenant = running, tenant
        running.start("standins")
        self.stand_ins = StandIns(
            f"http://127.0.0.1:{running.ports['standins']}", running.ports["smtp"]
        )
        for kind in KINDS:
            self.start(kind)
        with serving(tenant):
            self.scene: Scene = open_scene()
            switch_on(self.scene, self.stand_ins, f"http://127.0.0.1:{running.ports['web']}")
            share = pricing.RuleWish(commission=pricing.Commission(percent_bp=1_500))
            pricing.set_commission(share, self.scene.viewer("admin"))
            wanted = MOST_RUNS + WITHOUT_REDIS + WITHOUT_OUTBOX
            # The very next hours may be too near by the time their turn comes.
            self.starts = list(self.scene.starts(wanted + 2))[2:]
        # One for each hour: who pays for one cannot hold another, and what was killed on the way
        # may be settled by a later question to the gateway only.
        self.clients = [self._somebody(number) for number in range(len(self.starts))]
        self.booked: list[str] = []

    @functools.cached_property
    def secret(self) -> str:
        return passwords.hash_password(PASSWORD)

    def start(self, kind: str) -> None:
        self.running.start(
            kind, crash_file=str(self.crash_file(kind)), holds_per_address="1000/hour"
        )

    def crash_file(self, kind: str) -> Path:
        return self.running.house.folder / f"crash-{kind}"

    def mend(self) -> None:
        """What a supervisor does: start again what died."""
        for kind in KINDS:
            alive = self.running.parts[kind].is_running
            if kind == "web" and alive and not _listens(self.running.ports["web"]):
                self.running.kill("web")
                alive = False
            if not alive:
                self.start(kind)

    def _somebody(self, number: int) -> Client:
        email = f"client-{number}@kill.example"
        with serving(self.tenant), transaction() as session:
            identity.import_person(session, email=email, name="Client", password_hash=self.secret)
        return Client(self.tenant.host, self.running.ports["web"])

    def log_in(self, number: int) -> Client:
        """A client with a key of now: the long round outlives the first ones."""
        found = self.clients[number]
        credentials = identity.Credentials(f"client-{number}@kill.example", PASSWORD)
        # one address logs in only so often
        caller = Caller(ip=f"10.{number >> 8 & 255}.{number & 255}.1")
        clocksync.sync()  # the servers' clock was moved
        with serving(self.tenant):
            found.bearer = identity.open_api_session(credentials, caller).access_token
        return found

    def insist(self, client: Client, path: str, body: object, key: str) -> Answer:
        """A client that repeats with the same key until it gets an answer."""
        last = "nothing"
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            try:
                answer = client.post(path, body, key=key)
            except OSError as problem:
                last = repr(problem)
                self.mend()  # the server gives up when one worker dies twice within seconds
                time.sleep(0.2)
                continue
            except Exception as problem:  # noqa: BLE001 - a half answer of a killed server
                last = repr(problem)
                client.close()
                time.sleep(0.2)
                continue
            if answer.status < 500:
                return answer
            last = answer.text
            time.sleep(0.2)
        log = self.running.parts["web"].log.read_text()[-1500:]
        raise AssertionError(f"no answer from {path}: {last}\n{log}")

    def book_and_pay(self, number: int) -> None:
        client = self.log_in(number)
        wish = {"service_id": str(self.scene.service), "starts_at": self.starts[number].isoformat()}
        held = self.insist(client, "/api/v1/bookings", wish, f"hold-{number}")
        assert held.status == 201, held.text
        booking = held.json()["id"]
        sent = self.insist(
            client, f"/api/v1/bookings/{booking}/payments", {"provider": "vnpay"}, f"pay-{number}"
        )
        assert sent.status == 201, sent.text
        self.stand_ins.pay(sent.json()["url"], "paid")
        self.booked.append(booking)

    def settle(self, seconds: float = 60) -> None:
        """Let the clock pass every lease, until nothing due waits."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            self.mend()
            with provisioning.owner() as connection:
                connection.execute("UPDATE node.clock_shift SET seconds = seconds + 30")
            time.sleep(2.5)
            if not self.waiting() and self.sold() == len(self.booked):
                return

    def waiting(self) -> int:
        with serving(RELAY), reading() as session:
            return session.scalar(
                sa.select(sa.func.count()).select_from(ReceiptRow).where(
                    ReceiptRow.state == "waiting"
                )
            ) or 0  # fmt: skip

    def sold(self) -> int:
        """How many hours are sold, whether the session is over or not."""
        states = self.states()
        return states["confirmed"] + states["completed"]

    def captured(self) -> int:
        """How many payments of the organization came, by its own books."""
        with serving(self.tenant), reading() as session:
            counted = sa.text("SELECT count(*) FROM attempts WHERE state = 'captured'")
            return session.execute(counted).scalar_one()

    def states(self) -> Counter[str]:
        with serving(self.tenant), reading() as session:
            found = session.execute(sa.text("SELECT state FROM bookings")).scalars()
            return Counter(found)


@pytest.fixture(scope="module")
def story(running: Running, first: Tenant) -> Iterator[Story]:
    built = Story(running, first)
    yield built
    for client in built.clients:
        client.close()


@pytest.mark.slow
@pytest.mark.timeout(560 + 12 * KILLS)
def test_kills_lose_nothing_and_double_nothing(story: Story) -> None:
    killed: Counter[str] = Counter()
    web_died = 0.0
    for number in range(MOST_RUNS):
        if killed.total() == KILLS:
            break
        # In turn; a point that was missed, as another process had done the work, comes again.
        fewest = min(killed[f"{kind}:{point}"] for kind, point in POINTS)
        behind = [one for one in POINTS if killed[":".join(one)] == fewest]
        kind, point = behind[number % len(behind)]
        file = story.crash_file(kind)
        if kind == "web":  # the server ends by itself when one worker dies twice within seconds
            time.sleep(max(0.0, web_died + BETWEEN_WEB_KILLS - time.monotonic()))
        file.write_text(point)
        story.book_and_pay(number)
        _wait(lambda file=file: not file.exists(), 15)  # type: ignore[misc]
        killed[f"{kind}:{point}"] += not file.exists()
        web_died = time.monotonic() if kind == "web" else web_died
        file.unlink(missing_ok=True)
        story.mend()
    story.settle()
    _sessions_end(story)

    assert killed.total() == KILLS, killed
    assert all(killed[f"{kind}:{point}"] for kind, point in POINTS), killed
    _agree(story)


def _sessions_end(story: Story) -> None:
    """What was paid for the first sessions is earned, while those who write it down die."""
    for kind, point in [one for one in POINTS if one[0] != "web"][:4]:
        file = story.crash_file(kind)
        file.write_text(point)
        with provisioning.owner() as connection:
            connection.execute("UPDATE node.clock_shift SET seconds = seconds + 18000")
        _wait(lambda file=file: not file.exists(), 15)  # type: ignore[misc]
        file.unlink(missing_ok=True)
        story.mend()
    story.settle()
    assert story.states()["completed"], story.states()


def _agree(story: Story) -> None:
    """Booking, payment, ledger, gateway, outbox and mailbox tell the same story."""
    with serving(story.tenant):
        mine = [
            one for one in story.stand_ins.payments() if one["account"] == story.tenant.id.upper()
        ]
        invariants.check(truth=[invariants.at_gateway(one) for one in mine])
        auditor.check(at_rest=True)
    assert story.sold() == len(story.booked)
    with serving(story.tenant), reading() as session:
        found = session.execute(
            sa.text("SELECT id::text, subject_id::text FROM attempts WHERE state = 'captured'")
        ).all()  # fmt: skip
        attempts, captured = [row[0] for row in found], [row[1] for row in found]
        overlaps = session.scalar(
            sa.text(
                "SELECT count(*) FROM claims a JOIN claims b ON a.expert_id = b.expert_id"
                " AND a.id < b.id AND a.during && b.during WHERE a.live AND b.live"
            )
        )
        rooms = session.scalar(sa.text("SELECT count(*) FROM meetings"))
    assert sorted(captured) == sorted(story.booked)
    assert overlaps == 0
    assert rooms == len(story.booked)
    mine = story.tenant.id.upper()  # the gateway knows other merchants too
    paid = [one for one in story.stand_ins.payments() if one["account"] == mine]
    taken = [one["reference"] for one in paid if one["state"] == "paid"]
    assert sorted(taken) == sorted(attempt.replace("-", "") for attempt in attempts)
    with serving(RELAY), reading() as session:
        assert (
            session.scalar(
                sa.select(sa.func.count()).select_from(ReceiptRow).where(ReceiptRow.state == "dead")
            )
            == 0
        )
        due = sa.select(sa.func.count()).select_from(OutboxRow).where(OutboxRow.state == "waiting")
        assert (session.scalar(due) or 0) < len(story.booked) * 12  # timers that are still to come
    invitations = _invitations(story)
    assert set(invitations.values()) == {1}, [k for k, n in invitations.items() if n != 1]
    assert len({uid for _, uid in invitations}) == len(story.booked)


def _invitations(story: Story) -> Counter[tuple[str, str]]:
    """(receiver, invite) -> different messages; a repeat of one message has its Message-ID."""
    seen: dict[tuple[str, str], set[str]] = {}
    for mail in story.stand_ins.mails():
        if "METHOD:REQUEST" not in mail.calendar:
            continue
        uid = str(next(iter(Calendar.from_ical(mail.calendar).walk("VEVENT")))["UID"])
        message = dict(mail.headers).get("Message-ID", json.dumps(mail.headers))
        for receiver in mail.recipients:
            seen.setdefault((receiver, uid), set()).add(message)
    return Counter({key: len(messages) for key, messages in seen.items()})


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_without_redis_people_book_and_all_is_delivered_afterwards(story: Story) -> None:
    """Redis is stopped while somebody books and pays; nothing answers 5xx."""
    before = len(story.booked)
    house = story.running.house
    for number in range(MOST_RUNS, MOST_RUNS + WITHOUT_REDIS):
        story.log_in(number)
    house.valkey.stop()
    try:
        for number in range(MOST_RUNS, MOST_RUNS + WITHOUT_REDIS):
            began = time.monotonic()
            client = story.clients[number]
            client.close()  # the server behind its connection may have been killed before
            wish = {
                "service_id": str(story.scene.service),
                "starts_at": story.starts[number].isoformat(),
            }
            held = client.post("/api/v1/bookings", wish, key=f"hold-{number}")
            assert held.status == 201, held.text
            sent = client.post(
                f"/api/v1/bookings/{held.json()['id']}/payments", {"provider": "vnpay"},
                key=f"pay-{number}",
            )  # fmt: skip
            assert sent.status == 201, sent.text
            assert time.monotonic() - began < 8
            story.stand_ins.pay(sent.json()["url"], "paid")
            story.booked.append(held.json()["id"])
            assert client.get("/").status == 200
        time.sleep(3)
        assert story.sold() == before
    finally:
        house.valkey.start()
    assert redis.Redis.from_url(house.valkey.url).ping()
    story.settle(90)
    assert story.sold() == before + WITHOUT_REDIS
    assert set(_invitations(story).values()) == {1}
    assert relay.dead_letters() == []


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_without_the_outbox_a_kill_loses_a_booking(story: Story) -> None:
    """The negative control: what a killed worker had to deliver is not kept."""
    story.running.kill("worker")
    story.book_and_pay(MOST_RUNS + WITHOUT_REDIS)
    _wait(lambda: story.captured() == len(story.booked), 60)  # or the gateway would tell it again
    assert story.captured() == len(story.booked) > story.sold()
    for kind in ("web", "relay"):
        story.running.kill(kind)
    with provisioning.owner() as connection:
        provisioning.run(
            connection,
            "UPDATE node.receipts SET state = 'done' WHERE state = 'waiting';"
            "UPDATE node.outbox SET state = 'done' WHERE state = 'waiting'",
        )
    for kind in KINDS:
        story.start(kind)
    story.settle(25)
    with pytest.raises(AssertionError):
        _agree(story)


def _listens(port: int) -> bool:
    """Whether somebody takes connections there: a worker that starts anew needs some seconds."""
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        try:
            socket.create_connection(("127.0.0.1", port), 0.5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return True
    return False


def _wait(done: Callable[[], bool], seconds: float) -> None:
    ends = time.monotonic() + seconds
    while not done() and time.monotonic() < ends:
        time.sleep(0.05)
