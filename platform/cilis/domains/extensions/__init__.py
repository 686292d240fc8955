"""Extensions: which plugins a tenant uses, with which settings, and how they are doing."""

from cilis.domains.extensions.errors import ExtensionOff, UnknownExtension
from cilis.domains.extensions.events import ExtensionSwitched
from cilis.domains.extensions.queries import (
    active,
    active_one,
    by_hook_token,
    hook_address,
    hook_token,
    overview,
)
from cilis.domains.extensions.service import call, switch, try_out
from cilis.domains.extensions.types import Active, Extension

__all__ = [
    "Active",
    "Extension",
    "ExtensionOff",
    "ExtensionSwitched",
    "UnknownExtension",
    "active",
    "active_one",
    "by_hook_token",
    "call",
    "hook_address",
    "hook_token",
    "overview",
    "switch",
    "try_out",
]
