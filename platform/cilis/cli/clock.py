"""`cilis clock`: move the time of a demo or test installation."""

from __future__ import annotations

import os
import re
from pathlib import Path

import click
import psycopg

from cilis.config import settings
from cilis.infra import provisioning
from cilis.infra.embedded import Postgres, safe_data_dir

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


@click.group(name="clock")
@click.option(
    "--data",
    default=".demo",
    type=click.Path(path_type=Path),
    help="The running demo's folder; not looked at where CILIS_DATABASE_OWNER_URL is set.",
)
@click.pass_context
def command(context: click.Context, data: Path) -> None:
    """Move the clock of a demo; every process follows within a second."""
    context.obj = data


@command.command()
@click.argument("distance")
@click.pass_obj
def forward(data: Path, distance: str) -> None:
    """Go forward by DISTANCE: 90s, 15m, 25h, 3d."""
    match = re.fullmatch(r"(\d{1,6})([smhd])", distance)
    if match is None:
        raise click.BadParameter("write it as 90s, 15m, 25h or 3d")
    seconds = int(match[1]) * _UNITS[match[2]]
    _write(data, "UPDATE node.clock_shift SET seconds = seconds + %s", seconds)
    click.echo(f"moved forward by {distance}")


@command.command()
@click.pass_obj
def reset(data: Path) -> None:
    """Come back to the real time."""
    _write(data, "UPDATE node.clock_shift SET seconds = %s", 0)
    click.echo("back to the real time")


def _write(data: Path, statement: str, seconds: int) -> None:
    try:
        with provisioning.owner(_address(data)) as connection:
            connection.execute(statement, (seconds,))
    except psycopg.OperationalError as problem:
        raise click.ClickException(f"the database does not answer: {problem}") from problem


def _address(data: Path) -> str:
    """The owner's address: from the settings where there are some, else of the demo beside us."""
    if os.environ.get("CILIS_DATABASE_OWNER_URL"):  # noqa: TID251 - is this installation ours?
        if not settings().testing:
            raise click.ClickException(
                "the clock moves only where CILIS_TESTING=1 (demo and tests)"
            )
        return settings().database_owner_url
    folder = safe_data_dir(data)
    if not (folder / "pg.secret").exists():
        raise click.ClickException(f"no demo in {data}; start one with `cilis up`, or give --data")
    return Postgres(folder).url("cilis_owner")
