"""One promise for both kinds of storage, and what happens when the object storage is away."""

from __future__ import annotations

import importlib.util
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from moto.server import ThreadedMotoServer
from pydantic import SecretStr, ValidationError

from cilis.cli import doctor
from cilis.cli import files as verb
from cilis.config import Settings, settings
from cilis.infra import files, storage
from cilis.infra.db import reading
from cilis.infra.storage import Bucket, FileGone, Folder, Storage, StorageAway
from cilis.infra.tenancy import Tenant, serving
from cilis.kit import guard
from cilis.testing.fixtures import browser_on

GATEWAY = shutil.which("versitygw")
KINDS = ["folder", "moto", *(["versitygw"] if GATEWAY else [])]


def bucket_at(endpoint: str, name: str = "uploads", prefix: str = "cilis/") -> Settings:
    return settings().model_copy(
        update={
            "s3_bucket": name,
            "s3_endpoint": endpoint,
            "s3_prefix": prefix,
            "s3_access_key": "test",
            "s3_secret_key": SecretStr("test-secret"),
        }
    )


def make_bucket(chosen: Settings) -> Bucket:
    found = Bucket(chosen)
    found._client.create_bucket(Bucket=chosen.s3_bucket)
    return found


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[str]:
    """A real gateway over a folder, which checks signatures."""
    port = free_port()
    child = subprocess.Popen(
        [str(GATEWAY), "--access", "test", "--secret", "test-secret",
         "--port", f"127.0.0.1:{port}", "posix", str(tmp_path)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    child.kill()
    child.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, process: object, tmp_path: Path) -> Storage:
    del process
    if request.param == "folder":
        return Folder(tmp_path / "files")
    endpoint = request.getfixturevalue("moto" if request.param == "moto" else "gateway")
    return make_bucket(bucket_at(endpoint, name=f"b-{free_port()}"))


class TestBothKinds:
    def test_what_was_put_comes_back_until_it_is_deleted(self, store: Storage) -> None:
        content = bytes(range(256)) * 1_000
        assert not store.has("t/private/a")
        store.put("t/private/a", content, "application/pdf")
        assert store.has("t/private/a")
        assert store.get("t/private/a") == content
        store.put("t/private/a", b"", "text/plain")
        assert store.get("t/private/a") == b""
        store.delete("t/private/a")
        store.delete("t/private/a")
        assert not store.has("t/private/a")

    def test_what_is_not_there_is_told(self, store: Storage) -> None:
        with pytest.raises(FileGone):
            store.get("t/private/none")

    def test_all_paths_are_listed(self, store: Storage) -> None:
        for path in ("a/private/1", "a/public/2.webp", "b/private/1"):
            store.put(path, b"x", "text/plain")
        assert sorted(store.paths()) == ["a/private/1", "a/public/2.webp", "b/private/1"]

    def test_nothing_is_asked_inside_a_transaction(self, store: Storage, tenant: Tenant) -> None:
        del tenant
        with reading():
            for work in (
                lambda: store.put("t/private/a", b"x", "text/plain"),
                lambda: store.get("t/private/a"),
                lambda: store.has("t/private/a"),
                lambda: store.delete("t/private/a"),
                lambda: list(store.paths()),
            ):
                with pytest.raises(guard.InsideTransaction):
                    work()


@pytest.fixture
def in_a_bucket(moto: str, tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The organization's files lie in a bucket."""
    del tenant
    chosen = bucket_at(moto, name=f"b-{free_port()}")
    found = make_bucket(chosen)
    monkeypatch.setattr(files, "storage", lambda: found)
    return chosen


def test_files_of_organizations_lie_apart_in_the_bucket(
    in_a_bucket: Settings, tenant: Tenant, other_tenant: Tenant
) -> None:
    kept = files.save(b"%PDF-1.7", content_type="application/pdf", name="a.pdf")
    shown = files.save_public(b"<svg/>", "image/svg+xml")
    assert files.read(kept.key) == b"%PDF-1.7"
    assert files.read_public(shown) == b"<svg/>"
    with serving(other_tenant), pytest.raises(FileGone):
        files.read(kept.key)
    inside = Bucket(in_a_bucket)._client.list_objects_v2(Bucket=in_a_bucket.s3_bucket)
    assert {row["Key"] for row in inside["Contents"]} == {
        f"cilis/{tenant.id}/private/{kept.key}",
        f"cilis/{tenant.id}/public/{shown}",
    }


def test_a_storage_that_is_away_is_a_moment_of_unavailability(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    del tenant
    monkeypatch.setattr(storage, "ATTEMPTS", 1)
    nobody = Bucket(bucket_at(f"http://127.0.0.1:{free_port()}"))
    monkeypatch.setattr(files, "storage", lambda: nobody)
    for work in (
        lambda: files.save(b"%PDF-1.7", content_type="application/pdf", name="a.pdf"),
        lambda: files.save_public(b"<svg/>", "image/svg+xml"),
        lambda: files.read("a" * 32),
        lambda: files.delete("a" * 32),
    ):
        with pytest.raises(StorageAway) as refused:
            work()
        assert refused.value.status == 503


def test_a_volume_that_is_away_is_no_missing_file(process: object, tmp_path: Path) -> None:
    del process
    (tmp_path / "loop").symlink_to("loop")  # what the system cannot follow, for root as well
    broken = Folder(tmp_path / "loop")
    for work in (
        lambda: broken.get("t/private/a"),
        lambda: broken.has("t/private/a"),
        lambda: broken.delete("t/private/a"),
    ):
        with pytest.raises(StorageAway):
            work()


def test_a_bucket_stops_a_process_that_could_not_reach_it(monkeypatch: pytest.MonkeyPatch) -> None:
    storage.require_client(bucket_at("http://127.0.0.1:1"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(RuntimeError, match=r"cilis\[s3\]"):
        storage.require_client(bucket_at("http://127.0.0.1:1"))
    storage.require_client(settings())  # on a volume nobody asks for it


@pytest.mark.parametrize(
    "given",
    [
        {"s3_access_key": "only"},
        {"s3_secret_key": "only"},
        {"s3_endpoint": "storage.example.org"},
    ],
)
def test_settings_that_cannot_be_meant_are_refused(process: object, given: dict[str, str]) -> None:
    del process
    with pytest.raises(ValidationError):
        Settings(**given)


def test_brand_files_are_shown_from_the_bucket(
    in_a_bucket: Settings, app: Flask, tenant: Tenant
) -> None:
    del in_a_bucket
    key = files.save_public(b"<svg/>", "image/svg+xml")
    answer = browser_on(app, tenant).get(files.public_url(key))
    assert (answer.status_code, answer.data, answer.mimetype) == (200, b"<svg/>", "image/svg+xml")
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_a_bucket_that_is_not_there_is_no_missing_file(moto: str, process: object) -> None:
    del process
    with pytest.raises(StorageAway):
        Bucket(bucket_at(moto, name="nobody-made-it")).put("t/private/a", b"x", "text/plain")


def test_the_doctor_writes_reads_and_deletes(
    moto: str, process: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    del process
    chosen = bucket_at(moto, name=f"b-{free_port()}")
    made = make_bucket(chosen)
    (fine,) = doctor._files(chosen)
    assert (fine.fine, fine.remedy) == (True, "")
    assert list(made.paths()) == []
    monkeypatch.setattr(Bucket, "has", lambda *_: True)
    (keeps,) = doctor._files(chosen)
    assert not keeps.fine
    (away,) = doctor._files(bucket_at(moto, name="nobody-made-it"))
    assert not away.fine
    assert "CILIS_S3_BUCKET" in away.remedy


def test_files_of_a_folder_are_copied_once(
    moto: str, process: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del process
    chosen = bucket_at(moto, name=f"b-{free_port()}").model_copy(update={"data_dir": tmp_path})
    target = make_bucket(chosen)
    Folder(tmp_path / "files").put("t/private/a", b"one", "text/plain")
    Folder(tmp_path / "files").put("t/public/b.svg", b"two", "image/svg+xml")
    monkeypatch.setattr(verb, "settings", lambda: chosen)
    said = [CliRunner().invoke(verb.command, ["copy"]) for _ in range(2)]
    assert "2 of 2 files copied" in said[0].output
    assert "0 of 2 files copied" in said[1].output
    assert target.get("t/private/a") == b"one"
    kinds = [target._ask("head_object", path)["ContentType"] for path in sorted(target.paths())]
    assert kinds == ["application/octet-stream", "image/svg+xml"]


def test_a_copy_that_is_cut_off_says_what_to_do(
    process: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del process
    monkeypatch.setattr(storage, "ATTEMPTS", 1)
    away = bucket_at(f"http://127.0.0.1:{free_port()}").model_copy(update={"data_dir": tmp_path})
    monkeypatch.setattr(verb, "settings", lambda: away)
    said = CliRunner().invoke(verb.command, ["copy"])
    assert said.exit_code == 1
    assert "run it again" in said.output


def test_what_is_deleted_during_a_copy_is_passed_over(process: object, tmp_path: Path) -> None:
    del process
    source, target = Folder(tmp_path / "a"), Folder(tmp_path / "b")
    source.put("t/private/a", b"one", "text/plain")

    class Deleting(Folder):
        def get(self, path: str) -> bytes:
            self.delete(path)
            return super().get(path)

    assert verb._copy(Deleting(tmp_path / "a"), target) == (0, 1)
    assert list(target.paths()) == []


def test_without_a_bucket_there_is_nowhere_to_copy_to(process: object) -> None:
    del process
    said = CliRunner().invoke(verb.command, ["copy"])
    assert said.exit_code == 1
    assert "CILIS_S3_BUCKET" in said.output
