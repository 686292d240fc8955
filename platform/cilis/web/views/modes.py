"""Where a session takes place, in words and signs."""

from __future__ import annotations

from dataclasses import dataclass

from cilis.domains.experts import ServiceMode
from cilis.infra.i18n import N_, gettext

_MODES = {
    ServiceMode.VIDEO: ("video", N_("By video"), N_("In a room of ours, in the browser.")),
    ServiceMode.PHONE: ("phone", N_("By phone"), N_("You call at the agreed time.")),
    ServiceMode.IN_PERSON: ("map-pin", N_("In person"), N_("At an address that you name.")),
}


@dataclass(frozen=True, slots=True)
class Mode:
    """One way to meet."""

    icon: str
    words: str
    about: str


def modes() -> dict[str, Mode]:
    """All ways by their key, in the reader's language."""
    return {
        mode.value: Mode(icon, gettext(words), gettext(about))
        for mode, (icon, words, about) in _MODES.items()
    }
