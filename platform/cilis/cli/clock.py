"""`cilis clock`: move the time of a demo or test installation."""

from __future__ import annotations

import re

import click

from cilis.config import settings
from cilis.infra import provisioning

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


@click.group(name="clock")
def command() -> None:
    """Move the clock of a demo; every process follows within a second."""


@command.command()
@click.argument("distance")
def forward(distance: str) -> None:
    """Go forward by DISTANCE: 90s, 15m, 25h, 3d."""
    if not settings().testing:
        raise click.ClickException("the clock moves only where CILIS_TESTING=1 (demo and tests)")
    match = re.fullmatch(r"(\d{1,6})([smhd])", distance)
    if match is None:
        raise click.BadParameter("write it as 90s, 15m, 25h or 3d")
    seconds = int(match[1]) * _UNITS[match[2]]
    with provisioning.owner() as connection:
        connection.execute("UPDATE node.clock_shift SET seconds = seconds + %s", (seconds,))
    click.echo(f"moved forward by {distance}")


@command.command()
def reset() -> None:
    """Come back to the real time."""
    with provisioning.owner() as connection:
        connection.execute("UPDATE node.clock_shift SET seconds = 0")
    click.echo("back to the real time")
