"""Who looks at this request."""

from __future__ import annotations

from flask import g

from cilis.kit.viewer import Viewer

__all__ = ["Viewer", "viewer"]


def viewer() -> Viewer:
    """The viewer of this request; nobody when none is signed in and no session is open."""
    found = g.get("viewer")
    if isinstance(found, Viewer):
        return found
    raise RuntimeError("the request has no viewer yet")
