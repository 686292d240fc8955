"""The command `cilis`: one file for each verb."""

from __future__ import annotations

import importlib

import click
from typing_extensions import override

from cilis import rooms

_VERBS = ("up", "doctor", "migrate", "clock", "outbox", "serve", "secrets")


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
                return module.group  # type: ignore[no-any-return]
        return None


@click.command(cls=_Verbs)
def main() -> None:
    """Run a platform of branded marketplaces for expert consultations."""
