"""The cookie that carries a browser's session."""

from __future__ import annotations

from flask import Response, g, request
from werkzeug.wrappers import Response as AnyResponse

from cilis.config import settings

LIFETIME = 60 * 60 * 24 * 30


def cookie_name(name: str) -> str:
    """A cookie's name: bound to host and https, except on loopback in the demo."""
    return name if settings().cookie_plain else f"__Host-{name}"


def session_token() -> str | None:
    """The opaque token in this request's cookie."""
    if "HTTP_COOKIE" not in request.environ:
        return None
    found = request.cookies.get(cookie_name("session"))
    return found if found and len(found) <= 100 else None


def set_session(token: str) -> None:
    """Let this browser use the session from the next request on."""
    g.session_cookie = token


def clear_session() -> None:
    """Let this browser forget its session."""
    g.session_cookie = ""


def write_cookies(response: Response) -> Response:
    """Put what `set_session` and `clear_session` asked for on the response."""
    token = g.get("session_cookie")
    if token is None:
        return response
    put_cookie(response, "session", token, LIFETIME if token else 0)
    return response


def put_cookie(response: AnyResponse, name: str, value: str, seconds: int) -> None:
    """Set one of our cookies: host-bound, unreadable for scripts, gone when ``seconds`` is 0."""
    response.set_cookie(
        cookie_name(name),
        value,
        max_age=seconds,
        path="/",
        httponly=True,
        secure=not settings().cookie_plain,
        samesite="Lax",
    )
