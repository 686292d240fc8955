"""Headers that every answer carries: some the front door adds, some follow from the page."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from flask import Response, g, request

from cilis.config import settings
from cilis.infra.http.addresses import socket_origin

Header = tuple[str, str]
_ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()"),
    ("Cache-Control", "no-store"),
)
_NAMES = frozenset(name.lower() for name, _ in _ALWAYS)


def usual_headers(given: Iterable[Header]) -> list[Header]:
    """What every answer carries and this one does not have yet; a view may have set its own."""
    present = _NAMES.intersection(name.lower() for name, _ in given)
    if not present:
        return list(_ALWAYS)
    return [pair for pair in _ALWAYS if pair[0].lower() not in present]


def allow_form_redirects() -> None:
    """Let a form of this page lead on to a payment gateway (browsers check redirects too)."""
    g.form_targets = True


def allow_frame(origin: str) -> None:
    """Let this page embed pages of one foreign origin."""
    g.frame_origin = origin


def write_headers(response: Response) -> Response:
    """Add what follows from the page, where it is missing; a view may have set its own."""
    headers = response.headers
    if settings().public_origin_form.startswith("https:") or request.scheme == "https":
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if all(name.lower() != "content-security-policy" for name, _ in headers):
        host = str(request.environ.get("HTTP_HOST", "")).partition(":")[0]  # the front door's form
        targets, frame = g.get("form_targets", False), g.get("frame_origin")
        headers.add("Content-Security-Policy", _content_policy(socket_origin(host), targets, frame))
    return response


@functools.lru_cache(maxsize=4096)
def _content_policy(socket: str, leads_out: bool, frame_origin: str | None) -> str:
    socket = socket.replace("http", "ws", 1)
    targets = "'self'"
    if leads_out:
        targets += " https:"
        if settings().egress_allow:
            targets += " http://127.0.0.1:* http://*.localhost:* http://localhost:*"
    frames = frame_origin or "'none'"
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
        f"img-src 'self' data:; connect-src 'self' {socket}; manifest-src 'self'; "
        f"form-action {targets}; frame-src {frames}; frame-ancestors 'none'; base-uri 'none'"
    )
