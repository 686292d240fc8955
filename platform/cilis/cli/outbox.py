"""`cilis outbox`: what waits, what was given up, and another try."""

from __future__ import annotations

from uuid import UUID

import click

from cilis.app import prepare_process
from cilis.infra import relay
from cilis.kit.errors import NotFound


@click.group(name="outbox")
def command() -> None:
    """Look after events on their way."""
    prepare_process("worker")


@command.command()
def age() -> None:
    """Print how many seconds the oldest due event has waited."""
    click.echo(f"{relay.age().total_seconds():.1f}")


@command.command()
def dead() -> None:
    """List deliveries that were given up."""
    for letter in relay.dead_letters():
        click.echo(f"{letter.event_id} {letter.listener} {letter.tenant} {letter.error}")


@command.command()
@click.argument("event_id", type=click.UUID)
@click.argument("listener")
def replay(event_id: UUID, listener: str) -> None:
    """Let one given-up delivery try again."""
    try:
        relay.replay(event_id, listener)
    except NotFound as problem:
        raise click.ClickException(str(problem)) from problem
    click.echo("it will be tried within a second")
