"""What a plugin asks a tenant's admin to fill in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class SettingKind(StrEnum):
    """How a setting is asked for, checked and kept."""

    TEXT = "text"
    SECRET = "secret"  # noqa: S105 - encrypted, never shown again
    URL = "url"  # http(s) only
    CHOICE = "choice"
    NUMBER = "number"
    SWITCH = "switch"  # "1" or ""


@dataclass(frozen=True, slots=True)
class SettingField:
    """One field of a plugin's form. Values reach the plugin as text under ``name``.

    ``label`` and ``help`` are English message ids; the plugin's catalogues translate them.
    """

    name: str
    label: str
    kind: SettingKind = SettingKind.TEXT
    help: str = ""
    required: bool = True
    default: str = ""
    choices: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class TestOutcome:
    """What the *test* button found; ``message`` is an English message id with its remedy."""

    __test__ = False  # not a test case, whatever pytest thinks of its name

    works: bool
    message: str
