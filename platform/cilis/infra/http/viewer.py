"""Who looks at this request, and where it comes from."""

from __future__ import annotations

from dataclasses import replace

from flask import g, request

from cilis.infra import i18n
from cilis.kit.viewer import Caller, Viewer

__all__ = ["Viewer", "api_caller", "page_caller", "viewer"]


def viewer() -> Viewer:
    """The viewer of this request; nobody when none is signed in and no session is open."""
    found = g.get("viewer")
    if isinstance(found, Viewer):
        return found
    raise RuntimeError("the request has no viewer yet")


def api_caller() -> Caller:
    """A program; no browser's session is touched."""
    return Caller(
        ip=request.remote_addr or "",
        user_agent=request.user_agent.string,
        language=i18n.current_language(),
        time_zone=i18n.current_zone().key,
    )


def page_caller() -> Caller:
    """A browser, with its session."""
    return replace(api_caller(), session_id=viewer().session_id)
