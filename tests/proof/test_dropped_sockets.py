"""Sockets of sessions that ended, or of suspended people, are closed by the server itself.

Two real socket processes, as behind a balancer; the end is told by an event through the relay
and a worker.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

import pytest
import socketio
import sqlalchemy as sa
from socketio.exceptions import ConnectionError as Refused

from cilis.cli.supervisor import free_port
from cilis.domains import identity
from cilis.domains.identity import PersonStatus, Role, StaffChanges
from cilis.infra.db import reading
from cilis.infra.routing_models import OutboxRow
from cilis.infra.tenancy import RELAY, Tenant, serving
from cilis.testing.client import Client
from cilis.testing.running import Running
from cilis.testing.scene import PASSWORD, Scene, open_scene

WITHIN = 5.0


@dataclass
class Page:
    """An open page of somebody: its cookie, its token, its socket."""

    client: Client
    token: str
    socket: socketio.Client
    heard: list[str] = field(default_factory=list)
    dropped: threading.Event = field(default_factory=threading.Event)

    def hears(self, event: str) -> bool:
        """Whether it came; each event is handed on by a thread of its own, the end by another."""
        ends = time.monotonic() + WITHIN
        while event not in self.heard and time.monotonic() < ends:
            time.sleep(0.02)
        return event in self.heard


@pytest.fixture(scope="module")
def house_of_two(running: Running) -> tuple[Running, tuple[int, int]]:
    """Web, worker, relay, and two socket processes."""
    for kind in ("web", "sockets", "worker", "relay"):
        running.start(kind)
    first = running.ports["sockets"]
    one = running.parts.pop("sockets")
    running.ports["sockets"] = free_port(first + 40)
    running.start("sockets")
    second = running.ports["sockets"]
    running.ports["sockets"] = first
    running.parts["first sockets"] = one
    return running, (first, second)


@pytest.fixture(scope="module")
def scene(house_of_two: object, first: Tenant) -> Scene:
    del house_of_two
    with serving(first):
        made = open_scene()
        identity.log_out(identity.open_browser_session("en", "UTC", "", "::1")[1])
    _wait_for_the_worker()
    return made


def _wait_for_the_worker() -> None:
    """Until the first event is delivered: the processes may still be loading."""
    waiting = sa.select(sa.func.count()).where(
        OutboxRow.event == identity.SessionEnded.name, OutboxRow.state == "waiting"
    )
    ends = time.monotonic() + 90
    while time.monotonic() < ends:
        with serving(RELAY), reading() as session:
            if not session.scalar(waiting):
                return
        time.sleep(0.2)
    raise AssertionError("no worker delivers anything")


def _connect(scene: Scene, token: str, port: int, web: int) -> socketio.Client:
    host = scene.tenant.host
    said = {"host": f"{host}:{port}", "origin": f"http://{host}:{web}"}
    socket = socketio.Client(
        reconnection=False, request_timeout=60, websocket_extra_options=said
    )  # the process may still be loading
    socket.connect(
        f"http://127.0.0.1:{port}",
        auth={"token": token},
        transports=["websocket"],
        wait_timeout=30,
    )
    return socket


@contextmanager
def _page(scene: Scene, role: str, running: Running, port: int) -> Iterator[Page]:
    """Log in, open a page, and connect as its script does."""
    web = running.ports["web"]
    with Client(scene.tenant.host, web) as client:
        answer = client.submit("/log-in", "/log-in", email=scene.emails[role], password=PASSWORD)
        assert answer.status == 303, answer.text
        token = re.search(r'data-socket-token="([^"]+)"', client.get("/account").text)
        assert token is not None
        page = Page(client, token[1], _connect(scene, token[1], port, web))
        page.socket.on("disconnect", lambda *_: page.dropped.set())
        page.socket.on("*", lambda event, *_: page.heard.append(event))
        with closing(_Closing(page.socket)):
            time.sleep(0.3)
            assert page.socket.connected
            yield page


class _Closing:
    def __init__(self, socket: socketio.Client) -> None:
        self._socket = socket

    def close(self) -> None:
        self._socket.disconnect()


def _refused(scene: Scene, page: Page, running: Running, ports: tuple[int, ...]) -> bool:
    for port in ports:
        with pytest.raises(Refused):
            _connect(scene, page.token, port, running.ports["web"])
    return True


@pytest.mark.slow
@pytest.mark.timeout(240)
class TestDropped:
    @pytest.mark.parametrize("place", [0, 1])
    def test_of_a_session_ended_elsewhere(
        self, house_of_two: tuple[Running, tuple[int, int]], scene: Scene, place: int
    ) -> None:
        running, ports = house_of_two
        with (
            _page(scene, "client", running, ports[place]) as page,
            _page(scene, "client", running, ports[1 - place]) as other,
        ):
            assert other.client.submit(
                "/account/security", "/account/sessions/end-others"
            ).location.endswith("#devices")
            assert page.dropped.wait(WITHIN)
            assert page.hears("identity.session_ended")
            assert _refused(scene, page, running, ports)
            assert not other.dropped.is_set()
            assert page.client.get("/account").status == 303

    def test_of_a_suspended_person_everywhere(
        self, house_of_two: tuple[Running, tuple[int, int]], scene: Scene
    ) -> None:
        running, ports = house_of_two
        with (
            _page(scene, "other_client", running, ports[0]) as one,
            _page(scene, "other_client", running, ports[1]) as two,
            _page(scene, "client", running, ports[0]) as somebody_else,
        ):
            admin = Client(scene.tenant.host, running.ports["web"])
            _log_in_by_api(admin, scene)
            body = {"status": "suspended", "reason": "a proof"}
            began = time.monotonic()
            answer = admin.request("PATCH", f"/api/v1/people/{scene.other_client}", json_body=body)
            assert answer.status == 200, answer.text
            for page in (one, two):
                assert page.dropped.wait(WITHIN - (time.monotonic() - began))
                assert _refused(scene, page, running, ports)
                assert page.client.get("/account").status == 303
            assert not somebody_else.dropped.is_set()
            admin.close()
        with serving(scene.tenant):
            changes = StaffChanges(status=PersonStatus.ACTIVE, reason="over")
            identity.change_person(scene.other_client, changes, scene.viewer("admin"))

    def test_of_who_loses_a_role(
        self, house_of_two: tuple[Running, tuple[int, int]], scene: Scene
    ) -> None:
        running, ports = house_of_two
        with (
            _page(scene, "support", running, ports[0]) as page,
            _page(scene, "client", running, ports[0]) as somebody_else,
        ):
            with serving(scene.tenant):
                changes = StaffChanges(roles=[Role.CLIENT], reason="a proof")
                identity.change_person(scene.support, changes, scene.viewer("admin"))
            assert page.dropped.wait(WITHIN)
            assert page.hears("identity.session_ended")  # so it reads itself again
            assert page.heard == ["identity.session_ended"]
            assert _refused(scene, page, running, ports)
            assert page.client.get("/account").status == 200  # signed in, with a new token
            assert not somebody_else.dropped.is_set()
        with serving(scene.tenant):
            changes = StaffChanges(roles=[Role.SUPPORT], reason="over")
            identity.change_person(scene.support, changes, scene.viewer("admin"))

    def test_an_altered_token_enters_nothing(
        self, house_of_two: tuple[Running, tuple[int, int]], scene: Scene
    ) -> None:
        running, ports = house_of_two
        with _page(scene, "client", running, ports[0]) as page:
            page.token = page.token[:-2] + "xx"
            assert _refused(scene, page, running, ports)


def _log_in_by_api(client: Client, scene: Scene) -> None:
    body = {"email": scene.emails["admin"], "password": PASSWORD}
    answer = client.post("/api/v1/sessions", body)
    assert answer.status == 201, answer.text
    client.bearer = answer.json()["access_token"]
