"""Compile every catalogue beside its source: `python -m cilis.texts`."""

from __future__ import annotations

import sys
from pathlib import Path

from cilis import rooms
from cilis.hooks.manager import plugins
from cilis.infra import i18n


def folders() -> list[Path]:
    """Every catalogue folder of core and installed plugins."""
    plugins.load_installed()
    found = [plugins.folder_of(kind, key) / "locale" for kind, key, _ in plugins.offers()]
    return [*rooms.locale_folders(), *found]


if __name__ == "__main__":
    sys.stdout.write(f"{i18n.compile_catalogues(folders())} catalogues compiled\n")
