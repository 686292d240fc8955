"""Where bytes lie: in a folder of this machine, or as objects in a bucket (S3 and its like).

A path is ``<tenant>/<kind>/<key>``. Nothing here knows whose it is or who may read it.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from cilis.config import Settings, settings
from cilis.kit import crypto, guard
from cilis.kit.errors import NotFound, Unavailable

CONNECT_SECONDS = 2
READ_SECONDS = 10
ATTEMPTS = 3


class DiskFull(Unavailable):
    """The file could not be stored; nothing of it was kept."""

    code = "storage_full"


class StorageAway(Unavailable):
    """The storage does not answer, or refuses us; nothing was changed."""

    code = "storage_unavailable"


class FileGone(NotFound):
    """No such file of this tenant."""

    code = "file_not_found"


class Storage(Protocol):
    """What both kinds do. All of it is refused while a transaction is open."""

    def put(self, path: str, content: bytes, content_type: str) -> None:
        """Keep a whole file or nothing; raises DiskFull or StorageAway."""

    def get(self, path: str) -> bytes:
        """The content; raises FileGone or StorageAway."""

    def has(self, path: str) -> bool:
        """Whether there is such a file; raises StorageAway."""

    def delete(self, path: str) -> None:
        """Forget a file; a repeat does nothing. Raises StorageAway."""

    def paths(self) -> Iterator[str]:
        """All there are, in no order."""


@functools.cache
def storage() -> Storage:
    """The storage of this installation."""
    return of_settings(settings())


def of_settings(chosen: Settings) -> Storage:
    """A bucket where one is named, else the folder of this machine."""
    return Bucket(chosen) if chosen.s3_bucket else Folder(chosen.data_dir / "files")


def require_client(chosen: Settings) -> None:
    """Stop a process that could not reach its bucket later; raises RuntimeError."""
    if chosen.s3_bucket and importlib.util.find_spec("boto3") is None:
        raise RuntimeError("CILIS_S3_BUCKET is set without boto3: pip install 'cilis[s3]'")


class Folder:
    """Files below one folder, of this machine or mounted from elsewhere."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, path: str, content: bytes, content_type: str) -> None:
        """Write beside, then rename: nobody ever sees half a file."""
        del content_type
        guard.refuse_inside_transaction("writing a file")
        whole = self._root / path
        half = whole.with_name(f"{whole.name}.{crypto.token(48)}.half")
        try:
            whole.parent.mkdir(parents=True, exist_ok=True)
            half.write_bytes(content)
            half.replace(whole)
        except OSError as problem:
            with contextlib.suppress(OSError):
                half.unlink(missing_ok=True)
            raise DiskFull(str(problem)) from problem

    def get(self, path: str) -> bytes:
        """Read it whole: files are bounded by `files.MAX_BYTES`."""
        guard.refuse_inside_transaction("reading a file")
        try:
            return (self._root / path).read_bytes()
        except (FileNotFoundError, IsADirectoryError) as problem:
            raise FileGone(path) from problem
        except OSError as problem:  # a mounted volume that is away
            raise StorageAway(str(problem)) from problem

    def has(self, path: str) -> bool:
        """Whether it is there."""
        guard.refuse_inside_transaction("looking for a file")
        try:
            return stat.S_ISREG((self._root / path).stat().st_mode)
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as problem:
            raise StorageAway(str(problem)) from problem

    def delete(self, path: str) -> None:
        """Unlink it."""
        guard.refuse_inside_transaction("deleting a file")
        try:
            (self._root / path).unlink(missing_ok=True)
        except OSError as problem:
            raise StorageAway(str(problem)) from problem

    def paths(self) -> Iterator[str]:
        """All below the root but halves."""
        guard.refuse_inside_transaction("listing files")
        for found in self._root.rglob("*"):
            if found.is_file() and found.suffix != ".half":
                yield found.relative_to(self._root).as_posix()


class Bucket:
    """Objects in a bucket of an S3 service.

    Signed by version 4 and addressed by path, because services that are not Amazon's ask for
    both. Without keys in the settings boto3 looks for a role of the machine or pod.
    """

    def __init__(self, chosen: Settings) -> None:
        import boto3  # noqa: PLC0415 - the extra cilis[s3]
        from botocore.config import Config  # noqa: PLC0415

        options: dict[str, Any] = {
            "endpoint_url": chosen.s3_endpoint or None,
            "region_name": chosen.s3_region,
            "config": Config(
                signature_version="s3v4",
                s3={"addressing_style": "path"},
                connect_timeout=CONNECT_SECONDS,
                read_timeout=READ_SECONDS,
                retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
                request_checksum_calculation="when_required",  # older services refuse the others
                response_checksum_validation="when_required",
            ),
        }
        if chosen.s3_access_key:
            options["aws_access_key_id"] = chosen.s3_access_key
            options["aws_secret_access_key"] = chosen.s3_secret_key.get_secret_value()
        self._bucket = chosen.s3_bucket
        self._prefix = f"{chosen.s3_prefix.strip('/')}/" if chosen.s3_prefix.strip("/") else ""
        # A session of its own: boto3's shared one may not be asked by two threads at once.
        self._client = boto3.session.Session().client("s3", **options)

    def put(self, path: str, content: bytes, content_type: str) -> None:
        """One PUT: the service keeps all of it or nothing."""
        self._ask("put_object", path, Body=content, ContentType=content_type)

    def get(self, path: str) -> bytes:
        """One GET."""
        with _told(path):
            return bytes(self._ask("get_object", path)["Body"].read())

    def has(self, path: str) -> bool:
        """One HEAD."""
        try:
            self._ask("head_object", path)
        except FileGone:
            return False
        return True

    def delete(self, path: str) -> None:
        """One DELETE; what is not there is deleted."""
        with contextlib.suppress(FileGone):
            self._ask("delete_object", path)

    def paths(self) -> Iterator[str]:
        """All below the prefix, a thousand at a time."""
        guard.refuse_inside_transaction("asking the object storage")
        pages = self._client.get_paginator("list_objects_v2")
        with _told(self._prefix):
            for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix):
                for row in page.get("Contents", []):
                    yield str(row["Key"]).removeprefix(self._prefix)

    def _ask(self, verb: str, path: str, **more: Any) -> Any:
        guard.refuse_inside_transaction("asking the object storage")
        with _told(path):
            call = getattr(self._client, verb)
            return call(Bucket=self._bucket, Key=f"{self._prefix}{path}", **more)


@contextlib.contextmanager
def _told(path: str) -> Iterator[None]:
    """Say the storage's refusals in the words of the house."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - the extra
    from urllib3.exceptions import HTTPError  # noqa: PLC0415

    try:
        yield
    except ClientError as problem:
        code = str(problem.response.get("Error", {}).get("Code", ""))
        if code in {"404", "NoSuchKey", "NotFound"}:
            raise FileGone(path) from problem
        raise StorageAway(str(problem)) from problem
    except (BotoCoreError, HTTPError) as problem:
        raise StorageAway(str(problem)) from problem
