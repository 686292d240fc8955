"""`cilis secrets`: keys of the installation."""

from __future__ import annotations

import secrets as random

import click


@click.group(name="secrets")
def command() -> None:
    """Look after the master keys."""


@command.command()
def new() -> None:
    """Print a new master key for CILIS_SECRET_KEYS; put it first and keep the old ones behind."""
    click.echo(random.token_urlsafe(48))
