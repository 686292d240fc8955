"""A switched-on plugin, and a plugin as the admin sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cilis.hooks.settings import SettingField

KINDS = ("payments", "meetings", "notifications")


@dataclass(frozen=True, slots=True)
class Active:
    """A plugin that this tenant uses; ``settings`` are ready for its methods, secrets in clear.

    Its ``repr`` shows no settings, so that no log ever does.
    """

    kind: str
    key: str
    settings: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """An installed plugin and what this tenant has decided of it. Holds no secret."""

    kind: str
    key: str
    title: str
    fields: Sequence[SettingField]
    is_on: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)
    secrets_set: frozenset[str] = frozenset()
    failures: int = 0
    last_failure: str = ""
    last_failure_at: datetime | None = None
    hook_address: str = ""
