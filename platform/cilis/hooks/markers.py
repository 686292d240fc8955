"""The two marks of pluggy: ``hookspec`` promises, ``hookimpl`` keeps."""

from __future__ import annotations

import pluggy

PROJECT = "cilis"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


def N_(text: str) -> str:  # noqa: N802 - gettext's own name
    """Mark an English message id that the plugin's catalogues translate; the text itself."""
    return text
