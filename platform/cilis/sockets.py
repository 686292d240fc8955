"""The socket process: gunicorn's gevent worker serves `application`; WebSocket only.

A browser shows a token that a page gave it; the token names the rooms, all of its own tenant,
and the session, which must still count and have the roles with which the rooms were given. When
the session ends or loses a role, its sockets are dropped.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import socketio
from flask import Flask, Response, request
from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import SocketIO, join_room, rooms
from typing_extensions import override

from cilis.config import settings
from cilis.domains import identity
from cilis.infra import clocksync, db, hosts, presence, readiness
from cilis.infra.http.addresses import origins
from cilis.infra.http.front import host_name
from cilis.infra.logs import set_up_logs
from cilis.infra.presence import Guest, Guestbook
from cilis.infra.realtime import CHANNEL, Admission, admission, room_name
from cilis.infra.tenancy import Tenant, serving
from cilis.kit.errors import DomainError, NotFound
from cilis.kit.tokens import BadToken

log = logging.getLogger(__name__)

SESSION_OVER = "identity.session_ended"
RIGHTS_CHANGED = "rights_changed"
LOOK = 3
"""Seconds between two looks at whose session ended, its event may be late or lost, and at who lost
a role: five seconds are promised."""
GRACE = 8
"""Seconds in which a person who goes from page to page does not count as gone."""
TYPING_PAUSE = 0.8
"""Seconds between two hints of one page that somebody is writing; more are dropped."""


class _Manager(socketio.RedisManager):  # type: ignore[misc]  # the library ships no types
    """Hands hints out, and closes the sockets of a session whose end it hands out."""

    @override
    def _handle_emit(self, message: dict[str, Any]) -> None:
        super()._handle_emit(message)
        if message.get("event") == SESSION_OVER:
            for connection, _ in list(self.get_participants("/", message.get("room"))):
                self.server.disconnect(connection, namespace="/", ignore_queue=True)


class Reception:
    """Lets pages in and out, and tells others who is here and who is writing."""

    def __init__(self, sockets: SocketIO) -> None:
        self.sockets = sockets
        self.book = Guestbook()
        self.process = f"{os.uname().nodename}:{os.getpid()}"
        sockets.on_event("connect", self.connect)
        sockets.on_event("disconnect", self.disconnect)
        sockets.on_event("typing", self.typing)

    def connect(self, auth: dict[str, str] | None = None) -> None:
        """Let a browser into the rooms of its token; anything else is refused without a word."""
        tenant = _tenant(request.host)
        if tenant is None or not isinstance(auth, dict):
            raise Refused
        with serving(tenant):
            try:
                admitted = admission(str(auth.get("token", "")))
                guest = _guest(tenant, admitted)
            except (BadToken, DomainError) as problem:
                raise Refused from problem
            for room in admitted.rooms:
                join_room(room_name(room))
            connection = _connection()
            if self.book.enter(connection, guest) and guest.person_id is not None:
                presence.came([guest.person_id], self.process)
                self._tell(guest.person_id, online=True)

    def disconnect(self, *_: object) -> None:
        """Forget a page; its person is gone when no other page of theirs opens soon."""
        guest = self.book.leave(_connection())
        if guest is not None and guest.person_id is not None:
            self.sockets.start_background_task(self._leave, guest.tenant, guest.person_id)

    def typing(self, hint: object = None) -> None:
        """Tell the other side of a conversation that somebody is writing."""
        guest = self.book.guest(_connection())
        subject = hint.get("conversation_id") if isinstance(hint, dict) else None
        if guest is None or guest.person_id is None or not isinstance(subject, str):
            return
        now = time.monotonic()
        if now - guest.typed_at < TYPING_PAUSE:
            return
        with serving(guest.tenant):
            room = room_name(f"conversation:{subject}")
            if room not in rooms():
                return  # its token does not name this conversation
            guest.typed_at = now
            payload = {"conversation_id": subject, "person_id": str(guest.person_id)}
            self.sockets.emit("messaging.typing", payload, to=room, skip_sid=_connection())

    def look_after(self) -> None:
        """Drop who lost the right to listen; say again who is here."""
        said_at = 0.0
        while True:
            self.sockets.sleep(LOOK)
            say = time.monotonic() - said_at >= presence.BEAT
            said_at = time.monotonic() if say else said_at
            for tenant, pages in self.book.by_tenant():
                try:
                    self.look_at(tenant, pages, say=say)
                except Exception:
                    log.exception("looking after the sockets of %s failed", tenant.slug)

    def look_at(self, tenant: Tenant, pages: dict[str, Guest], *, say: bool = True) -> None:
        """The same for one organization's open pages; none stays when it is served no more."""
        here = {guest.person_id for guest in pages.values() if guest.person_id is not None}
        asked = {guest.session_id for guest in pages.values() if guest.session_id is not None}
        with serving(tenant):
            if say:
                presence.came(here, self.process)
            with db.reading() as session:
                roles = identity.roles_by_session(session, asked)
        served = _is_served(tenant)
        for connection, guest in pages.items():
            now = roles.get(guest.session_id) if guest.session_id else frozenset()
            if served and now is not None and guest.roles <= now:
                continue
            server = self.sockets.server
            if served and now is not None:  # the page reads itself again, with what is left
                why = {"reason": RIGHTS_CHANGED}
                server.emit(SESSION_OVER, why, to=connection, namespace="/", ignore_queue=True)
            server.disconnect(connection, namespace="/", ignore_queue=True)

    def _leave(self, tenant: Tenant, person_id: UUID) -> None:
        self.sockets.sleep(GRACE)
        if self.book.is_here(tenant, person_id):
            return
        with serving(tenant):
            presence.left(person_id, self.process)
            if not presence.of([person_id])[person_id].online:  # nor in another process
                self._tell(person_id, online=False)

    def _tell(self, person_id: UUID, *, online: bool) -> None:
        payload = {"person_id": str(person_id), "online": online}
        self.sockets.emit("presence.changed", payload, to=room_name(f"presence:{person_id}"))


def create_sockets(async_mode: str = "gevent") -> tuple[Flask, SocketIO]:
    """The socket application; it reads the routing map and sessions, and nothing else."""
    app, sockets, _ = open_reception(async_mode)
    return app, sockets


def open_reception(async_mode: str = "gevent") -> tuple[Flask, SocketIO, Reception]:
    """The socket application with the one who receives its guests."""
    chosen = settings()
    set_up_logs(chosen.log_level)
    app = Flask("cilis.sockets", static_folder=None)
    app.config.update(
        SQLALCHEMY_DATABASE_URI=db.dialect_url(chosen.database_url),
        SQLALCHEMY_ENGINE_OPTIONS=db.engine_options(2),
    )
    db.db.init_app(app)
    with app.app_context():
        db.bind(db.db.engine, statement_ms=chosen.web_statement_ms)
    sockets = SocketIO(
        app,
        async_mode=async_mode,
        client_manager=_Manager(chosen.redis_url, channel=CHANNEL),
        transports=["websocket"],
        cors_allowed_origins=_is_own_origin,
        max_http_buffer_size=64 * 1024,
        ping_interval=20,
        ping_timeout=20,
        manage_session=False,
    )
    reception = Reception(sockets)

    @app.get("/healthz")
    def alive() -> Response:
        """Whether the process lives."""
        return Response("alive\n", content_type="text/plain")

    @app.get("/readyz")
    def ready() -> Response:
        """Whether it can admit anybody: that needs the database."""
        status, words = readiness.answer()
        return Response(f"{words}\n", status, content_type="text/plain")

    return app, sockets, reception


def _tenant(host: str) -> Tenant | None:
    name = host_name(host)
    found = hosts.by_host(name) if name else None
    return found if found is not None and found.status == "active" else None


def _is_served(tenant: Tenant) -> bool:
    try:
        return hosts.by_id(tenant.id).status == "active"  # the map's: a page's own may be old
    except NotFound:
        return False


def _is_own_origin(origin: str, environ: dict[str, Any]) -> bool:
    tenant = _tenant(str(environ.get("HTTP_HOST", "")))
    if tenant is None:
        return False
    with serving(tenant):
        return origin in origins()


def _guest(tenant: Tenant, admitted: Admission) -> Guest:
    """Who comes with this token; raises BadToken when its session or a role of it is gone."""
    if admitted.session_id is None:
        return Guest(tenant, None, None)
    with db.reading() as session:
        viewer = identity.viewer_of_session(session, admitted.session_id)
    if viewer is None:
        raise BadToken("its session has ended")
    if not admitted.roles <= viewer.roles:
        raise BadToken("a role with which it was given is gone")
    return Guest(tenant, viewer.person_id, viewer.session_id, roles=admitted.roles)


def _connection() -> str:
    found: str = request.sid  # type: ignore[attr-defined]  # what Flask-SocketIO puts there
    return found


def application_for_server() -> Flask:
    """What the server imports."""
    app, sockets, reception = open_reception()
    clocksync.keep_in_step()
    work: Callable[[], None] = reception.look_after
    sockets.start_background_task(work)
    return app
