"""Facts of this room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cilis.infra.outbox import Event


@dataclass(frozen=True, kw_only=True)
class ExtensionSwitched(Event):
    """A plugin was switched on or off, or its settings changed."""

    name: ClassVar[str] = "extensions.switched.v1"

    kind: str
    key: str
    is_on: bool
