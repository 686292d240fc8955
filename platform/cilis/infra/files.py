"""Files of tenants: stored under an unguessable key, checked by content, never by name.

A row that names a file is written after it and goes before it: first `save`, then the row; with
the row's end `drop`, which deletes the file after the commit, as soon as the storage answers.
"""

from __future__ import annotations

import hashlib
import io
import logging
import re
import struct
import threading
import zipfile
from dataclasses import dataclass
from typing import ClassVar

from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy.orm import Session

from cilis.infra.outbox import Event, emit, listens_to
from cilis.infra.storage import FileGone, StorageAway, storage
from cilis.infra.tenancy import current_tenant
from cilis.kit import crypto
from cilis.kit.errors import DomainError, InvalidInput

log = logging.getLogger(__name__)

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
_AT_ONCE = threading.BoundedSemaphore(2)
"""Large pictures that a process unfolds at a time: each takes some hundred MB for a moment."""
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_KEY = re.compile(r"[A-Za-z0-9_-]{20,64}(\.[a-z0-9]{2,5})?")
_UNSHOWN = re.compile(  # controls, line ends, directions, half characters
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_MAX_PARTS, _MAX_UNPACKED = 2_000, 200 * 1024 * 1024
_TOO_MANY_PIXELS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_BROKEN_PICTURE = (
    UnidentifiedImageError,
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    IndexError,
    TypeError,
    struct.error,
)
_BROKEN_ARCHIVE = (
    zipfile.BadZipFile,
    NotImplementedError,
    OSError,
    ValueError,
    EOFError,
    struct.error,
)
_PUBLIC_ENDINGS = {"image/webp": ".webp", "image/svg+xml": ".svg", "image/png": ".png"}


class FileTooLarge(DomainError):
    """The file is larger than what is taken."""

    code = "file_too_large"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """Where a file lies and what it is; ``name`` is the sender's and only ever shown."""

    key: str
    size: int
    content_type: str
    name: str
    digest: str


@dataclass(frozen=True, kw_only=True)
class FileDropped(Event):
    """No row names this private file any more.

    Listeners: files (deletes it).
    """

    name: ClassVar[str] = "files.dropped.v1"

    key: str


def sniff(content: bytes, name: str = "") -> str:
    """The type of a document by its content; raises InvalidInput on ``file`` outside the list."""
    if not content:
        raise InvalidInput({"file": ["file_empty"]})
    if len(content) > MAX_BYTES:
        raise InvalidInput({"file": ["file_too_large"]})
    head = content[:16]
    found = ""
    if head.startswith(b"%PDF-"):
        found = "application/pdf"
    elif head.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")) or head[8:12] == b"WEBP":
        found = _image_type(content)
    elif head.startswith(b"PK\x03\x04"):
        found = _DOCX if _is_document(content) else ""
    elif name.lower().endswith(".txt") and _is_text(content):
        found = "text/plain; charset=utf-8"
    if not found:
        raise InvalidInput({"file": ["type_not_allowed"]})
    return found


def save(content: bytes, *, content_type: str, name: str) -> StoredFile:
    """Keep a file of the current tenant; only code that checked the viewer may read it again."""
    key = crypto.token(192)
    storage().put(_path("private", key), content, content_type)
    digest = hashlib.sha256(content).hexdigest()
    return StoredFile(key, len(content), content_type, shown_name(name), digest)


def read(key: str) -> bytes:
    """A private file's content; raises FileGone."""
    return storage().get(_path("private", key))


def delete(key: str) -> None:
    """Forget a private file; a repeat does nothing."""
    storage().delete(_path("private", key))


def drop(session: Session, key: str) -> None:
    """Delete a private file once the caller's transaction, which ends its row, has committed."""
    emit(session, FileDropped(key=key))


@listens_to(FileDropped, slow=True)
def delete_dropped(event: FileDropped) -> None:
    """Again and again until the storage answers."""
    delete(event.key)


def take_back(key: str) -> None:
    """Delete a private file whose row could not be written, and do not hide why it could not.

    Where the storage is away meanwhile, the file stays behind; no row names it.
    """
    try:
        delete(key)
    except StorageAway as problem:
        log.warning("a file without a row stays behind: %s", problem)


def save_public(content: bytes, content_type: str, *, own: bool = False) -> str:
    """Keep a picture or brand file that anyone may see; its key is made of its content.

    With ``own`` the same content gets another key each time, so that it can be deleted alone.
    """
    ending = _PUBLIC_ENDINGS[content_type]
    salt = crypto.token(128).encode() if own else b""
    key = hashlib.sha256(salt + content).hexdigest()[:32] + ending
    path = _path("public", key)
    if not storage().has(path):
        storage().put(path, content, content_type)
    return key


def read_public(key: str) -> bytes:
    """A public file's content; raises FileGone."""
    return storage().get(_path("public", key))


def delete_public(key: str) -> None:
    """Forget a public file; a repeat does nothing."""
    storage().delete(_path("public", key))


def take_back_public(key: str) -> None:
    """As `take_back`, for a public file."""
    try:
        delete_public(key)
    except StorageAway as problem:
        log.warning("a picture without a row stays behind: %s", problem)


def public_url(key: str) -> str:
    """Where browsers find a public file."""
    return f"/media/{key}"


def portrait(content: bytes) -> bytes:
    """A picture as a square WebP of 512 pixels, re-encoded, all metadata gone."""
    if len(content) > MAX_BYTES:
        raise InvalidInput({"picture": ["file_too_large"]})
    try:
        with (
            _AT_ONCE,
            Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "WEBP")) as found,
        ):
            if found.width * found.height > MAX_PIXELS:
                raise InvalidInput({"picture": ["picture_too_large"]})
            upright = ImageOps.exif_transpose(found)
            square = ImageOps.fit(upright.convert("RGB"), (512, 512), Image.Resampling.LANCZOS)
    except _TOO_MANY_PIXELS as problem:
        raise InvalidInput({"picture": ["picture_too_large"]}) from problem
    except _BROKEN_PICTURE as problem:
        raise InvalidInput({"picture": ["not_a_picture"]}) from problem
    out = io.BytesIO()
    square.save(out, "WEBP", quality=82, method=4)
    return out.getvalue()


def shown_name(name: str) -> str:
    """A sender's file name made safe to show and to put in a header: one line, ≤ 120 characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    clean = _UNSHOWN.sub("", last).strip(" .")
    return clean[-120:] or "file"


def _path(kind: str, key: str) -> str:
    if not _KEY.fullmatch(key):
        raise FileGone("not a key")
    return f"{current_tenant().id}/{kind}/{key}"


def _image_type(content: bytes) -> str:
    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "WEBP")) as found:
            if found.width * found.height > MAX_PIXELS:
                return ""
            found.verify()
            return Image.MIME.get(found.format or "", "")
    except (*_TOO_MANY_PIXELS, *_BROKEN_PICTURE):
        return ""


def _is_document(content: bytes) -> bool:
    """Whether an archive is a text document without macros; nothing in it is unpacked."""
    if content.count(b"PK\x01\x02") > _MAX_PARTS:
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except _BROKEN_ARCHIVE:
        return False
    names = {part.filename.lower().replace("\\", "/") for part in parts}
    outside = any(name.startswith("/") or ".." in name.split("/") for name in names)
    macro = any(name.endswith("vbaproject.bin") for name in names)
    large = sum(part.file_size for part in parts) > _MAX_UNPACKED
    return "word/document.xml" in names and not (macro or outside or large)


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    lowered = text[:1024].lower()
    return "\x00" not in text and "<html" not in lowered and "<script" not in lowered
