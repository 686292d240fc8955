"""What the ratios stand on: one house with a tenant, an expert, people, and calls through WSGI."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask

from cilis.infra import hosts
from cilis.infra.tenancy import Tenant, serving
from cilis.testing import house as houses


@contextmanager
def stage() -> Iterator[tuple[houses.House, Flask, Tenant]]:
    """A house with an application; the first tenant is being served."""
    house = houses.build()
    try:
        from cilis.app import create_app  # noqa: PLC0415 - settings first

        app = create_app()
        tenant = hosts.by_slug(house.tenants[0].slug)
        with serving(tenant):
            yield house, app, tenant
    finally:
        house.stop()


def call(
    app: Callable[..., Any],
    path: str,
    *,
    host: str,
    method: str = "GET",
    body: bytes = b"",
    **headers: str,
) -> tuple[int, bytes]:
    """One request straight into a WSGI application: no socket, no client's cost."""
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path.partition("?")[0],
        "SCRIPT_NAME": "",
        "QUERY_STRING": path.partition("?")[2],
        "HTTP_HOST": host,
        "SERVER_NAME": host,
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.version": (1, 0),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "CONTENT_LENGTH": str(len(body)),
        "REMOTE_ADDR": headers.pop("address", "127.0.0.1"),
    }
    if body:
        environ["CONTENT_TYPE"] = "application/json"
    environ.update({f"HTTP_{name.upper()}": value for name, value in headers.items()})
    seen: list[str] = []
    answer = app(environ, lambda status, _headers, _exc=None: seen.append(status))
    content = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    return int(seen[0][:3]), content
