"""How a plugin says that something did not work. Anything else it raises counts as a fault."""

from __future__ import annotations

from datetime import timedelta


class PluginError(Exception):
    """Base of what a plugin may raise on purpose."""


class TryLater(PluginError):
    """It may work later: the outside did not answer, or asks for patience."""

    def __init__(self, reason: str, *, after: timedelta = timedelta(seconds=30)) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after = after


class Refused(PluginError):
    """It will not work however often it is tried; ``reason`` is for the log and the admin."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
