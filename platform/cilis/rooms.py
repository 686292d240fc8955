"""Finds the rooms' drawers by their names; the only code besides `app` that opens every door."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import cilis.domains
import cilis.web.pages


def names() -> list[str]:
    """The rooms, by name."""
    return sorted(found.name for found in pkgutil.iter_modules(cilis.domains.__path__))


def drawers(name: str) -> Iterator[ModuleType]:
    """The drawer of this name in every room that has one."""
    for room in names():
        path = f"cilis.domains.{room}.{name}"
        if importlib.util.find_spec(path) is not None:
            yield importlib.import_module(path)


def pages() -> Iterator[ModuleType]:
    """The modules of pages that show several rooms."""
    for found in sorted(pkgutil.iter_modules(cilis.web.pages.__path__), key=lambda it: it.name):
        yield importlib.import_module(f"cilis.web.pages.{found.name}")


def load_models() -> None:
    """Import every table, so that the metadata is whole."""
    importlib.import_module("cilis.infra.tenant_models")
    importlib.import_module("cilis.infra.routing_models")
    list(drawers("models"))


def load_listeners() -> None:
    """Import everything that hears events or runs in a worker."""
    for name in ("listeners", "sockets", "tasks"):
        list(drawers(name))


def locale_folders() -> list[Path]:
    """Every catalogue folder of the core."""
    here = Path(__file__).parent
    return [here / "web" / "locale", *(here / "domains" / room / "locale" for room in names())]
