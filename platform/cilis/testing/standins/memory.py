"""Where the pages of the stand-ins find their state."""

from __future__ import annotations

from typing import cast

from flask import Response, current_app, make_response

from cilis.testing.standins.state import State

KEY = "standins"


def state() -> State:
    """The memory of the running stand-ins."""
    return cast("State", current_app.extensions[KEY])


def seal_page(body: str, status: int = 200) -> Response:
    """A page that no cache keeps."""
    response = make_response(body, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def lead_to(address: str) -> Response:
    """Send the browser somewhere else."""
    return Response("", 303, {"Location": address, "Cache-Control": "no-store"})
