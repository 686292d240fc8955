"""The socket process: gunicorn's gevent worker serves `application`; WebSocket only.

A browser shows a token that a page gave it; the token names the rooms, all of its own tenant.
"""

from __future__ import annotations

import logging
from typing import Any

import socketio
from flask import Flask, Response, request
from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import SocketIO, join_room

from cilis.config import settings
from cilis.infra import clocksync, db, hosts
from cilis.infra.http.addresses import origins
from cilis.infra.http.front import host_name
from cilis.infra.logs import set_up_logs
from cilis.infra.realtime import CHANNEL, room_name, rooms_of
from cilis.infra.tenancy import Tenant, serving
from cilis.kit.tokens import BadToken

log = logging.getLogger(__name__)


def create_sockets(async_mode: str = "gevent") -> tuple[Flask, SocketIO]:
    """The socket application; it reads the routing map and nothing else."""
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
        client_manager=socketio.RedisManager(chosen.redis_url, channel=CHANNEL),
        transports=["websocket"],
        cors_allowed_origins=_is_own_origin,
        max_http_buffer_size=64 * 1024,
        ping_interval=20,
        ping_timeout=20,
        manage_session=False,
    )
    sockets.on_event("connect", _connect)

    @app.get("/healthz")
    def alive() -> Response:
        """Whether the process lives."""
        return Response("alive\n", content_type="text/plain")

    return app, sockets


def _tenant(host: str) -> Tenant | None:
    name = host_name(host)
    found = hosts.by_host(name) if name else None
    return found if found is not None and found.status == "active" else None


def _is_own_origin(origin: str, environ: dict[str, Any]) -> bool:
    tenant = _tenant(str(environ.get("HTTP_HOST", "")))
    if tenant is None:
        return False
    with serving(tenant):
        return origin in origins()


def _connect(auth: dict[str, str] | None = None) -> None:
    """Let a browser into the rooms of its token; anything else is refused without a word."""
    tenant = _tenant(request.host)
    if tenant is None or not isinstance(auth, dict):
        raise Refused
    with serving(tenant):
        try:
            rooms = rooms_of(str(auth.get("token", "")))
        except BadToken as problem:
            raise Refused from problem
        for room in rooms:
            join_room(room_name(room))


def application_for_server() -> Flask:
    """What the server imports."""
    app, _ = create_sockets()
    clocksync.keep_in_step()
    return app
