"""Headers that every answer carries."""

from __future__ import annotations

from flask import Response, g, request

from cilis.config import settings
from cilis.infra.http.addresses import socket_origin

_PERMISSIONS = "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()"


def allow_form_redirects() -> None:
    """Let a form of this page lead on to a payment gateway (browsers check redirects too)."""
    g.form_targets = True


def allow_frame(origin: str) -> None:
    """Let this page embed pages of one foreign origin."""
    g.frame_origin = origin


def write_headers(response: Response) -> Response:
    """Add what is missing; a view may have set its own."""
    headers = response.headers
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", _PERMISSIONS)
    headers.setdefault("Cache-Control", "no-store")
    if request.scheme == "https" or settings().public_origin_form.startswith("https:"):
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    headers.setdefault("Content-Security-Policy", _content_policy())
    headers.pop("Server", None)
    return response


def _content_policy() -> str:
    host = request.host.partition(":")[0]
    socket = socket_origin(host).replace("http", "ws", 1)
    targets = "'self'"
    if g.get("form_targets"):
        targets += " https:"
        if settings().egress_allow:
            targets += " http://127.0.0.1:* http://*.localhost:* http://localhost:*"
    frames = g.get("frame_origin") or "'none'"
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
        f"img-src 'self' data:; connect-src 'self' {socket}; manifest-src 'self'; "
        f"form-action {targets}; frame-src {frames}; frame-ancestors 'none'; base-uri 'none'"
    )
