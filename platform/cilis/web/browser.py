"""What a page tells the identity room about the browser in front of it."""

from __future__ import annotations

from flask import g, request

from cilis.domains import identity
from cilis.infra.http.session import set_session
from cilis.infra.http.viewer import Viewer, page_caller, viewer


def known_browser() -> Viewer:
    """The viewer, with a session of its own if the browser had none; holds need no account."""
    who = viewer()
    if who.session_id is not None or who.person_id is not None:
        return who
    here = page_caller()
    token, who = identity.open_browser_session(
        here.language, here.time_zone, here.user_agent, here.ip
    )
    set_session(token)
    g.viewer = who
    return who


def client_ip() -> str:
    """The address a gateway is told for its fraud checks."""
    return request.remote_addr or "127.0.0.1"
