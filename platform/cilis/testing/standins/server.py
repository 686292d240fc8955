"""Starts the stand-ins: for a test in this process, or for the demo in one of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from flask import Flask, Response, render_template
from typing_extensions import override
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from cilis.testing.standins import (
    calendar,
    control_api,
    jitsi,
    mail,
    stripe_accounts,
    stripe_api,
    stripe_disputes,
    stripe_pages,
    stripe_transfers,
    vnpay,
    vnpay_api,
)
from cilis.testing.standins.control import StandIns
from cilis.testing.standins.memory import KEY, seal_page
from cilis.testing.standins.state import State

_HOST = "127.0.0.1"


class _Quiet(WSGIRequestHandler):
    """Says nothing of each request."""

    @override
    def log(self, type: str, message: str, *args: object) -> None:
        """Nothing."""


def make_app(state: State) -> Flask:
    """All pages and calls over one memory."""
    app = Flask("standins", root_path=str(Path(__file__).parent))
    app.extensions[KEY] = state
    for blueprint in (
        vnpay.pages,
        vnpay_api.api,
        stripe_pages.pages,
        stripe_api.api,
        stripe_disputes.api,
        stripe_transfers.api,
        stripe_accounts.api,
        stripe_accounts.pages,
        jitsi.pages,
        calendar.pages,
        mail.pages,
        control_api.api,
    ):
        app.register_blueprint(blueprint)

    @app.get("/")
    def overview() -> Response:
        """What there is."""
        return seal_page(render_template("standins/overview.html", state=state))

    return app


def web_server(state: State, port: int, *, held: bool = False) -> BaseWSGIServer:
    """The pages' server, bound but not yet serving; port 0 takes a free one.

    ``held``: the port is kept for this process by the one that started it.
    """
    app = make_app(state)
    if not held:
        return make_server(_HOST, port, app, threaded=True, request_handler=_Quiet)
    with _listening(port) as ours:  # the server keeps a copy
        return make_server(
            _HOST, port, app, threaded=True, request_handler=_Quiet, fd=ours.fileno()
        )


def mail_server(state: State, port: int, *, held: bool = False) -> Controller:
    """The mail server, not yet started; port 0 takes a free one."""
    kind = _HeldController if held else Controller
    return kind(mail.Postman(state), hostname=_HOST, port=port or _free_port(), ready_timeout=10.0)


class _HeldController(Controller):
    """A mail server on a port that is kept for it."""

    @override
    def _create_server(self) -> Coroutine[Any, Any, asyncio.AbstractServer]:
        return self.loop.create_server(self._factory_invoker, sock=_listening(self.port))


def _listening(port: int) -> socket.socket:
    ours = socket.socket()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    ours.bind((_HOST, port))
    ours.listen(128)
    return ours


@contextmanager
def running(folder: Path | None = None, *, retry_seconds: float = 0.2) -> Iterator[StandIns]:
    """Stand-ins in threads of this process, on free ports; they share its clock."""
    state = State(folder, retry_seconds=retry_seconds)
    web = web_server(state, 0)
    post = mail_server(state, 0)
    thread = threading.Thread(target=web.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    post.start()
    try:
        yield StandIns(f"http://{_HOST}:{web.server_port}", post.port)
    finally:
        post.stop()
        web.shutdown()
        thread.join(5)
        web.server_close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])
