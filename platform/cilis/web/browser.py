"""What a page tells the identity room about the browser in front of it."""

from __future__ import annotations

from flask import g, request

from cilis.domains import identity
from cilis.infra.http.session import set_session
from cilis.infra.http.viewer import Viewer, viewer
from cilis.infra.i18n import current_language, current_zone


def caller() -> identity.Caller:
    """Where this request comes from."""
    return identity.Caller(
        ip=request.remote_addr or "",
        user_agent=request.headers.get("User-Agent", ""),
        language=current_language(),
        time_zone=current_zone().key,
        session_id=viewer().session_id,
    )


def known_browser() -> Viewer:
    """The viewer, with a session of its own if the browser had none; holds need no account."""
    who = viewer()
    if who.session_id is not None or who.person_id is not None:
        return who
    here = caller()
    token, who = identity.open_browser_session(
        here.language, here.time_zone, here.user_agent, here.ip
    )
    set_session(token)
    g.viewer = who
    return who


def client_ip() -> str:
    """The address a gateway is told for its fraud checks."""
    return request.remote_addr or "127.0.0.1"
