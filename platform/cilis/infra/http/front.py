"""The front door: which organization a request is for, before anything else looks at it.

A malformed, unknown or suspended host gets a plain, unbranded answer without a query.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from cilis.infra import hosts, readiness
from cilis.infra.http.security import Header, usual_headers
from cilis.infra.tenancy import Tenant, serving
from cilis.kit.errors import Unavailable

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
MAX_HEADERS = 32 * 1024
MAX_TARGET = 8 * 1024
ALIVE, READY = "/healthz", "/readyz"
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?P<host>{_LABEL}(\.{_LABEL})*)\.?(:(?P<port>[0-9]{{1,5}}))?")
Answer = tuple[str, str]


def host_name(header: str) -> str | None:
    """The name in a Host header, lower case, without port and final dot; None if malformed.

    Two hosts (which servers join with a comma), a user part, spaces, raw non-ASCII, empty
    labels, IPv6 literals and ports above 65535 are malformed. Source: RFC 9110, section 7.2.
    """
    if len(header) > 260:
        return None
    match = _HOST.fullmatch(header.lower())
    if match is None or len(match["host"]) > 253:
        return None
    if match["port"] is not None and not 0 < int(match["port"]) < 65536:
        return None
    return match["host"]


class Front:
    """WSGI middleware that serves a tenant around the application, or answers itself."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Find the tenant, or say in one plain line why there is none."""
        refusal = _refuse(environ)
        if refusal is not None:
            return _plain(start_response, *refusal)
        if environ.get("PATH_INFO") == ALIVE:
            return _plain(start_response, "200 OK", "alive")
        if environ.get("PATH_INFO") == READY:
            return _plain(start_response, *readiness.answer())
        name = host_name(str(environ.get("HTTP_HOST", "")))
        if name is None:
            return _plain(start_response, "400 Bad Request", "This host name is malformed.")
        try:
            tenant = hosts.by_host(name)
        except Unavailable:
            return _plain(
                start_response,
                "503 Service Unavailable",
                "Please try again in a moment.",
                ("Retry-After", "5"),
            )
        if tenant is None:
            return _plain(start_response, "421 Misdirected Request", "Nothing is served here.")
        if tenant.status != "active":
            return _plain(
                start_response,
                "503 Service Unavailable",
                "This site is closed at the moment.",
                ("Retry-After", "3600"),
            )
        return self._serve(tenant, environ, start_response)

    def _serve(
        self, tenant: Tenant, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        def begin(status: str, headers: list[Header], *more: Any) -> Any:
            return start_response(status, headers + usual_headers(headers), *more)

        with serving(tenant):
            return self._application(environ, begin)


def _refuse(environ: dict[str, Any]) -> tuple[str, str] | tuple[str, str, tuple[str, str]] | None:
    if environ.get("REQUEST_METHOD") not in METHODS:
        return "405 Method Not Allowed", "No such method.", ("Allow", ", ".join(sorted(METHODS)))
    size = sum(len(str(value)) for name, value in environ.items() if name.startswith("HTTP_"))
    if size > MAX_HEADERS:
        return "431 Request Header Fields Too Large", "The headers are too large."
    target = len(str(environ.get("PATH_INFO", ""))) + len(str(environ.get("QUERY_STRING", "")))
    if target > MAX_TARGET:
        return "414 URI Too Long", "The address is too long."
    if "\x00" in str(environ.get("PATH_INFO", "")):
        return "400 Bad Request", "The address is malformed."
    return None


def _plain(
    start_response: Callable[..., Any], status: str, text: str, *more: tuple[str, str]
) -> list[bytes]:
    body = f"{text}\n".encode()
    start_response(
        status,
        [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            *more,
        ],
    )
    return [body]
