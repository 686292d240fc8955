"""A shop that hears notices, and the stand-ins."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cilis.kit import clock
from cilis.testing.standins.fixtures import running_stand_ins, stand_ins

__all__ = ["running_stand_ins", "stand_ins"]


@dataclass
class Shop:
    """Keeps what it is told; answers as it is told."""

    port: int = 0
    heard: list[tuple[str, str, str, bytes]] = field(default_factory=list)  # method, host, path
    answers: list[tuple[int, bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://antam.localhost:{self.port}/hooks/payments/vnpay/token"

    def answer(self) -> tuple[int, bytes]:
        good = (200, b'{"RspCode": "00"}')
        return self.answers.pop(0) if self.answers else good


@pytest.fixture
def shop() -> Iterator[Shop]:
    made = Shop()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            made.heard.append((self.command, self.headers["Host"], self.path, body))
            status, content = made.answer()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815 - the library looks for this name

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield made
        server.shutdown()
        thread.join(5)


@pytest.fixture
def clock_distance() -> Iterator[Callable[[timedelta], None]]:
    """Move this process's clock."""
    before = clock.distance()
    yield lambda more: clock.set_distance(clock.distance() + more)
    clock.set_distance(before)
