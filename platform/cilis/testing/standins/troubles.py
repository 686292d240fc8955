"""The faults of server calls: slow, down, nonsense, a reply that gets lost."""

from __future__ import annotations

import threading

from flask import Response

from cilis.testing.standins.state import State


def before_work(state: State, gateway: str) -> Response | None:
    """A spoilt answer instead of the work, if one was asked for."""
    slow = state.take_fault(gateway, "slow")
    if slow is not None:
        threading.Event().wait(slow.seconds or 30.0)
    if state.take_fault(gateway, "down") is not None:
        return Response("Service Unavailable", 503, content_type="text/plain")
    if state.take_fault(gateway, "nonsense") is not None:
        return Response("<html><body>Welcome</body></html>", 200, content_type="text/html")
    return None


def after_work(state: State, gateway: str, response: Response) -> Response:
    """The answer, or none of it when it is to be lost on the way."""
    if state.take_fault(gateway, "lost_reply") is not None:
        return Response("Bad Gateway", 502, content_type="text/plain")
    return response
