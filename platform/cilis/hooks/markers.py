"""The two marks of pluggy: ``hookspec`` promises, ``hookimpl`` keeps."""

from __future__ import annotations

import pluggy

PROJECT = "cilis"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
