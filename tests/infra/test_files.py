"""Files that mean harm, or are only strange: refused, or kept so that nothing runs them."""

from __future__ import annotations

import io
import random
import resource
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

from cilis.config import settings
from cilis.infra import files, storage
from cilis.infra.http.downloads import attachment
from cilis.infra.tenancy import NoTenant, Tenant, serving
from cilis.kit import guard
from cilis.kit.errors import InvalidInput

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def picture(form: str = "PNG", size: tuple[int, int] = (64, 48), **more: object) -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(out, form, **more)
    return out.getvalue()


def archive(parts: Mapping[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return out.getvalue()


def declared(width: int, height: int) -> bytes:
    """A small PNG that says it is this large."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        mark = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + mark

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\x00" * 1_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


DOCUMENT = {"[Content_Types].xml": "<Types/>", "word/document.xml": "<w:document/>"}
PDF = b"%PDF-1.7\n1 0 obj <</JS (app.alert(1))>> endobj\n<script>alert(1)</script>\n%%EOF"


class TestWhatIsTaken:
    @pytest.mark.parametrize(
        ("content", "name", "kind"),
        [
            (PDF, "a.pdf", "application/pdf"),
            (PDF, "a.html", "application/pdf"),
            (picture("PNG"), "a.exe", "image/png"),
            (picture("JPEG"), "a.pdf", "image/jpeg"),
            (picture("WEBP"), "", "image/webp"),
            (archive(DOCUMENT), "cv.docx", DOCX),
            ("Đơn xin việc\n".encode(), "a.TXT", "text/plain; charset=utf-8"),
            (picture("PNG") + archive({"x": "y"}), "both.png", "image/png"),
        ],
    )
    def test_by_content_never_by_name(self, content: bytes, name: str, kind: str) -> None:
        assert files.sniff(content, name) == kind

    @pytest.mark.parametrize(
        ("content", "name"),
        [
            (b"<!doctype html><script>alert(1)</script>", "a.pdf"),
            (b"<html><body>", "a.txt"),
            (b"  <SCRIPT>1</SCRIPT>", "a.txt"),
            (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "a.svg"),
            (b"<svg onload='alert(1)'/>", "a.png"),
            (b"GIF89a/*\x00\x00*/=alert(1);", "a.gif"),
            (b"GIF89a/*\x00\x00*/=alert(1);", "a.png"),
            (b"<?php system($_GET['x']); ?>", "a.php.jpg"),
            (b"MZ\x90\x00\x03", "a.pdf"),
            (b"\x7fELF\x02", "a.png"),
            (b"#!/bin/sh\nrm -rf /", "a.sh"),
            (b"plain", "a"),
            (b"plain", "a.html"),
            (b"a\x00b", "a.txt"),
            (b"\xff\xfea\x00", "a.txt"),
            (b"Rar!\x1a\x07\x00", "a.docx"),
            (b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, "a.png"),
            (b"\xff\xd8\xff" + b"<script>" * 9, "a.jpg"),
            (b"RIFF\x00\x00\x00\x00WEBP", "a.webp"),
            (b" %PDF-1.7", "a.pdf"),
            (archive({"a.txt": "x"}), "a.docx"),
            (archive({**DOCUMENT, "word/vbaProject.bin": "x"}), "a.docx"),
            (archive({**DOCUMENT, "word/VBAPROJECT.BIN": "x"}), "a.docx"),
            (archive({**DOCUMENT, "../../etc/cron.d/x": "x"}), "a.docx"),
            (archive({**DOCUMENT, "..\\..\\x": "x"}), "a.docx"),
            (archive({**DOCUMENT, "/etc/passwd": "x"}), "a.docx"),
            (archive(DOCUMENT)[:60], "a.docx"),
            (b"PK\x03\x04" + b"\x00" * 200, "a.docx"),
            (b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR", "eicar.com"),
        ],
        ids=lambda one: one if isinstance(one, str) else "",  # an archive holds the time
    )
    def test_everything_else_is_refused(self, content: bytes, name: str) -> None:
        with pytest.raises(InvalidInput) as refused:
            files.sniff(content, name)
        assert refused.value.fields == {"file": ["type_not_allowed"]}

    def test_nothing_and_too_much_are_told_apart(self) -> None:
        for content, code in (
            (b"", "file_empty"),
            (PDF + bytes(files.MAX_BYTES), "file_too_large"),
        ):
            with pytest.raises(InvalidInput) as refused:
                files.sniff(content, "a.pdf")
            assert refused.value.fields == {"file": [code]}

    def test_an_archive_that_unpacks_to_too_much_is_refused(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        large = archive({**DOCUMENT, "word/a": b"\x00" * 2_000_000})
        assert len(large) < 10_000
        assert files.sniff(large, "a.docx") == DOCX
        monkeypatch.setattr(files, "_MAX_UNPACKED", 1_000_000)  # 200 MiB take long to pack
        with pytest.raises(InvalidInput):
            files.sniff(large, "bomb.docx")

    def test_an_archive_of_countless_parts_is_refused_quickly(self) -> None:
        many = archive(DOCUMENT) + b"PK\x01\x02" * 100_000
        with pytest.raises(InvalidInput):
            files.sniff(many, "many.docx")

    @pytest.mark.parametrize(
        ("width", "height"), [(65_535, 65_535), (7_000, 7_000), (1, 2**31 - 1)]
    )
    def test_a_picture_that_declares_too_many_pixels_is_refused_unread(
        self, width: int, height: int
    ) -> None:
        with pytest.raises(InvalidInput):
            files.sniff(declared(width, height), "a.png")
        with pytest.raises(InvalidInput) as refused:
            files.portrait(declared(width, height))
        assert refused.value.fields == {"picture": ["picture_too_large"]}

    def test_broken_files_are_refusals_never_faults(self) -> None:
        chance = random.Random(20)
        seeds = [picture(form) for form in ("PNG", "JPEG", "WEBP")]
        seeds += [archive({**DOCUMENT, "ü/đ.xml": "x" * 500})] * 2
        for seed in seeds:
            for _ in range(25):
                broken = bytearray(seed)
                for _ in range(chance.choice((1, 3, 12))):
                    place = chance.randrange(len(broken) - 40)
                    if chance.random() < 0.7:
                        broken[place] = chance.randrange(256)
                    else:
                        del broken[place : place + chance.randrange(1, 30)]
                for look in (files.sniff, files.portrait):
                    try:
                        look(bytes(broken))
                    except InvalidInput:
                        continue


class TestPortraits:
    def test_a_picture_becomes_a_square_without_its_metadata(self) -> None:
        exif = Image.Exif()
        exif[Base.Artist] = "Secret Person"
        exif[Base.Orientation] = 6
        exif.get_ifd(IFD.GPSInfo)[GPS.GPSLatitude] = (10.0, 46.0, 37.0)
        source = picture("JPEG", (300, 200), exif=exif, comment=b"Secret Comment")
        assert b"Secret" in source
        made = files.portrait(source)
        assert b"Secret" not in made
        with Image.open(io.BytesIO(made)) as found:
            assert (found.format, found.size) == ("WEBP", (512, 512))
            assert not found.getexif()
            assert not {"exif", "xmp", "icc_profile", "comment"} & set(found.info)

    def test_it_is_turned_as_the_camera_says(self) -> None:
        sideways = Image.new("RGB", (200, 200), "red")
        sideways.paste("blue", (0, 0, 100, 200))  # left half
        exif = Image.Exif()
        exif[Base.Orientation] = 6  # to be turned right: left becomes top
        out = io.BytesIO()
        sideways.save(out, "JPEG", exif=exif, quality=95)
        with Image.open(io.BytesIO(files.portrait(out.getvalue()))) as found:
            top, bottom = found.getpixel((256, 60)), found.getpixel((256, 450))
        assert isinstance(top, tuple)
        assert isinstance(bottom, tuple)
        assert top[2] > 200 > top[0]
        assert bottom[0] > 200 > bottom[2]

    def test_what_hides_behind_a_picture_is_gone(self) -> None:
        made = files.portrait(picture() + b"<script>alert(1)</script>" + archive({"x": "y"}))
        assert b"<script>" not in made
        assert b"PK\x03\x04" not in made

    @pytest.mark.parametrize("size", [(1, 1), (1, 3_000), (3_000, 1), (513, 511)])
    def test_every_shape_becomes_a_square(self, size: tuple[int, int]) -> None:
        with Image.open(io.BytesIO(files.portrait(picture(size=size)))) as found:
            assert found.size == (512, 512)

    @pytest.mark.parametrize(
        "content", [b"", b"x", PDF, b"<svg/>", b"GIF89a", archive(DOCUMENT), picture()[:200]]
    )
    def test_what_is_no_picture_is_refused(self, content: bytes) -> None:
        with pytest.raises(InvalidInput) as refused:
            files.portrait(content)
        assert refused.value.fields == {"picture": ["not_a_picture"]}


class TestNames:
    @pytest.mark.parametrize(
        ("name", "shown"),
        [
            ("cv.pdf", "cv.pdf"),
            ("Hồ sơ Đỗ Thị Hòa.pdf", "Hồ sơ Đỗ Thị Hòa.pdf"),
            ("../../etc/passwd", "passwd"),
            ("..\\..\\boot.ini", "boot.ini"),
            ("C:\\Users\\x\\cv.pdf", "cv.pdf"),
            ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie: x=1.pdf"),
            ("invoice\u202efdp.exe", "invoicefdp.exe"),
            ("a\u2028b\u2029c\x85d.pdf", "abcd.pdf"),
            ("\u200fa\u061c.pdf", "a.pdf"),
            ("a\x00.php.pdf", "a.php.pdf"),
            ("\ud800.pdf", "pdf"),
            ("", "file"),
            ("...", "file"),
            ("/", "file"),
            (" . ", "file"),
        ],
    )
    def test_a_senders_name_is_only_ever_shown(self, name: str, shown: str) -> None:
        assert files.shown_name(name) == shown

    def test_a_long_name_keeps_its_ending(self) -> None:
        assert files.shown_name("x" * 300 + ".pdf").endswith("xx.pdf")
        assert len(files.shown_name("đ" * 300)) == 120

    @pytest.mark.parametrize(
        "name",
        [
            "cv.pdf",
            'a"; filename="b.html',
            "a\r\nX: 1.pdf",
            "Đỗ.pdf",
            "\ud800",
            "\u202ecv",
            "con",
            "%0d%0a",
            ";",
        ],
    )
    def test_a_download_is_never_shown_in_place(self, name: str) -> None:
        with Flask("x").test_request_context():
            answer = attachment(b"<script>", name=files.shown_name(name), content_type="text/html")
            headers = answer.headers
            answer.close()
        assert headers["Content-Disposition"].startswith("attachment;")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert "no-store" in headers["Cache-Control"]
        assert not any(char in f"{headers}".replace("\r\n", "") for char in "\r\n")
        assert "X" not in headers


class TestKeeping:
    def test_a_file_comes_back_and_goes(self, tenant: Tenant) -> None:
        kept = files.save(PDF, content_type="application/pdf", name="../a.pdf")
        assert (kept.name, kept.size, files.read(kept.key)) == ("a.pdf", len(PDF), PDF)
        assert len(kept.digest) == 64
        files.delete(kept.key)
        files.delete(kept.key)
        with pytest.raises(storage.FileGone):
            files.read(kept.key)

    def test_the_same_file_twice_has_two_keys_and_a_public_one_only_one(
        self, tenant: Tenant
    ) -> None:
        keys = {files.save(PDF, content_type="x", name="x").key for _ in range(2)}
        assert len(keys) == 2
        made = [files.save_public(b"<svg/>", "image/svg+xml") for _ in range(2)]
        assert made[0] == made[1]
        assert made[0].endswith(".svg")
        assert files.read_public(made[0]) == b"<svg/>"
        assert files.public_url(made[0]) == f"/media/{made[0]}"

    def test_another_organization_has_another_folder(
        self, tenant: Tenant, other_tenant: Tenant
    ) -> None:
        kept = files.save(PDF, content_type="x", name="x")
        shown = files.save_public(b"<svg/>", "image/svg+xml")
        with serving(other_tenant):
            with pytest.raises(storage.FileGone):
                files.read(kept.key)
            with pytest.raises(storage.FileGone):
                files.read_public(shown)
            files.delete(kept.key)
        assert files.read(kept.key) == PDF

    def test_without_an_organization_there_is_no_folder(self) -> None:
        with pytest.raises(NoTenant):
            files.save(PDF, content_type="x", name="x")

    @pytest.mark.parametrize(
        "key",
        ["", "x", "../../../../etc/passwd", "..", ".", "a" * 32 + "/x", "a" * 32 + "\n", "a" * 65,
         "a" * 32 + "\x00", "%2e%2e%2f" * 4, "a" * 32 + ".TOOLONG", "đ" * 32],
    )  # fmt: skip
    def test_only_keys_are_looked_up(self, key: str, tenant: Tenant) -> None:
        for look in (files.read, files.read_public, files.delete):
            with pytest.raises(storage.FileGone):
                look(key)

    @pytest.mark.parametrize("keep", ["private", "public"])
    def test_a_full_disk_keeps_nothing_and_says_so(self, keep: str, tenant: Tenant) -> None:
        content = random.Random(3).randbytes(300_000)
        work: dict[str, Callable[[], object]] = {
            "private": lambda: files.save(content, content_type="x", name="x"),
            "public": lambda: files.save_public(content, "image/png"),
        }
        before = _listing()
        with _full_disk(100_000), pytest.raises(storage.DiskFull) as refused:
            work[keep]()
        assert refused.value.status == 503
        assert _listing() == before
        work[keep]()  # there is room again
        assert len(_listing()) == len(before) + 1

    def test_a_folder_that_cannot_be_made_is_told_as_full(
        self, tenant: Tenant, other_tenant: Tenant
    ) -> None:
        blocked = settings().data_dir / "files" / other_tenant.id / "private"
        blocked.parent.mkdir(parents=True, exist_ok=True)
        if blocked.is_dir():
            blocked.rmdir()
        blocked.write_text("in the way")
        try:
            with serving(other_tenant), pytest.raises(storage.DiskFull):
                files.save(PDF, content_type="x", name="x")
            files.save(PDF, content_type="x", name="x")  # the other one is unaffected
        finally:
            blocked.unlink()

    def test_no_file_is_written_inside_a_transaction(self, tenant: Tenant) -> None:
        with guard.marking_transaction(), pytest.raises(guard.InsideTransaction):
            files.save(PDF, content_type="x", name="x")


@contextmanager
def _full_disk(left: int) -> Iterator[None]:
    """The system itself refuses to write further than this into any file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (left, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _listing() -> list[Path]:
    return sorted(path for path in (settings().data_dir / "files").rglob("*") if path.is_file())
