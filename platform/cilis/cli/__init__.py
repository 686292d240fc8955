"""The command `cilis`: one file for each verb."""

from __future__ import annotations

import importlib
from typing import Any

import click
from typing_extensions import override

from cilis import rooms

_VERBS = ("up", "doctor", "migrate", "clock", "files", "outbox", "serve", "secrets", "seed", "race")
_ABOVE = {"ledger": ("backfill",)}
"""Verbs of a room's group that ask rooms above it, so they are written here."""


class _Verbs(click.Group):
    """Finds verbs by name, so that `cilis up` need not import what `cilis doctor` needs."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        """All verbs: the house's own and those of the rooms."""
        del ctx
        return sorted([*_VERBS, *(module.group.name for module in rooms.drawers("commands"))])

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One verb."""
        del ctx
        if cmd_name in _VERBS:
            module = importlib.import_module(f"cilis.cli.{cmd_name}")
            found: click.Command = module.command
            return found
        for module in rooms.drawers("commands"):
            if module.group.name == cmd_name:
                return _prepared(module.group)
        return None


def _prepared(group: click.Group) -> click.Group:
    """A room's commands in a process that has its database, plugins and texts.

    Rooms lie below the app and cannot prepare it themselves; asking for help needs none of it.
    """
    before = group.callback
    above = [
        importlib.import_module(f"cilis.cli.{one}") for one in _ABOVE.get(group.name or "", ())
    ]
    commands = {**group.commands, **{one.command.name: one.command for one in above}}

    def begin(*args: Any, **kwargs: Any) -> Any:
        from cilis.app import prepare_process  # noqa: PLC0415 - heavy, and help needs none of it

        prepare_process("worker")
        return before(*args, **kwargs) if before is not None else None

    return click.Group(group.name, commands, callback=begin, params=group.params, help=group.help)


@click.command(cls=_Verbs)
def main() -> None:
    """Run a platform of branded marketplaces for expert consultations."""
