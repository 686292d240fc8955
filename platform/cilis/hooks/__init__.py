"""The public promise to plugin writers: one file for each kind of extension.

pluggy registers, a Protocol behaves: a hook such as ``register_payment_provider`` returns an
object, and mypy checks that object's Protocol. Two failures only, for every kind:
``TryLater`` (the core repeats) and ``Refused`` (it does not).
"""

from cilis.hooks.failures import PluginError, Refused, TryLater
from cilis.hooks.markers import N_, hookimpl, hookspec
from cilis.hooks.settings import SettingField, SettingKind, TestOutcome

__all__ = [
    "N_",
    "PluginError",
    "Refused",
    "SettingField",
    "SettingKind",
    "TestOutcome",
    "TryLater",
    "hookimpl",
    "hookspec",
]
