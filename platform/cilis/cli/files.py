"""`cilis files`: what organizations uploaded."""

from __future__ import annotations

import mimetypes

import click
from rich.console import Console
from rich.progress import Progress

from cilis.config import settings
from cilis.infra.storage import FileGone, Folder, Storage, StorageAway, of_settings

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
    try:
        copied, found = _copy(Folder(chosen.data_dir / "files"), of_settings(chosen))
    except StorageAway as problem:
        raise click.ClickException(f"{problem}; what was copied stays, run it again") from problem
    out.print(f"{copied} of {found} files copied; the others were there")


def _copy(source: Storage, target: Storage) -> tuple[int, int]:
    paths = sorted(source.paths())
    there = set(target.paths())
    copied = 0
    with Progress() as bar:
        for path in bar.track(paths, description="copying"):
            if path in there:
                continue
            try:
                content = source.get(path)
            except FileGone:  # deleted since the list was made
                continue
            kind, _ = mimetypes.guess_type(path)
            target.put(path, content, kind or "application/octet-stream")
            copied += 1
    return copied, len(paths)
