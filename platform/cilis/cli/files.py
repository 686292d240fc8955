"""`cilis files`: what organizations uploaded."""

from __future__ import annotations

import click
from rich.console import Console
from rich.progress import Progress

from cilis.config import settings
from cilis.infra.storage import Folder, of_settings

out = Console(highlight=False, soft_wrap=True)


@click.group(name="files")
def command() -> None:
    """Look after uploaded files."""


@command.command()
def copy() -> None:
    """Copy all files of this machine's folder into the bucket; a repeat copies what is missing.

    Run it before and once more after the processes were started with the bucket.
    """
    chosen = settings()
    if not chosen.s3_bucket:
        raise click.ClickException("CILIS_S3_BUCKET is empty: there is nowhere to copy to")
    source, target = Folder(chosen.data_dir / "files"), of_settings(chosen)
    paths = sorted(source.paths())
    there = set(target.paths())
    copied = 0
    with Progress() as bar:
        for path in bar.track(paths, description="copying"):
            if path not in there:
                target.put(path, source.get(path), "application/octet-stream")
                copied += 1
    out.print(f"{copied} of {len(paths)} files copied; the others were there")
