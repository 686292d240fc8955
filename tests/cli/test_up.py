"""`cilis up` before its processes start: one run in a folder, ports, settings, earlier data."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from cilis import config
from cilis.cli import up
from cilis.cli.supervisor import free_port
from cilis.infra.embedded import safe_data_dir
from cilis.testing.standins.server import mail_server, web_server
from cilis.testing.standins.state import State


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where the data of a run in ``tmp_path`` really lies."""
    made = safe_data_dir(tmp_path / "data")
    made.mkdir(parents=True, exist_ok=True)
    yield made
    for left in sorted(made.rglob("*"), reverse=True):
        left.rmdir() if left.is_dir() else left.unlink()
    made.rmdir()


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    import signal

    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def test_a_second_run_in_the_same_folder_is_refused_in_one_line(
    folder: Path, tmp_path: Path
) -> None:
    with (folder / "up.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        said = CliRunner().invoke(up.command, ["--data", str(tmp_path / "data")])
    assert said.exit_code == 1
    assert said.output.splitlines() == [
        f"Error: another `cilis up` already uses {folder}; stop it first, or give --data"
    ]


def test_a_lock_of_a_run_that_ended_is_no_hindrance(folder: Path) -> None:
    for _ in range(2):
        with up._alone(folder):
            pass


def test_a_port_in_use_is_passed_over_and_told(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with contextlib.ExitStack() as ending:
            ports = up._ports(port, ending)
    assert ports.web > port
    assert len({ports.web, ports.sockets, ports.standins, ports.smtp}) == 4
    assert f"port {port} is in use; {ports.web} is taken instead" in capsys.readouterr().out


def test_a_chosen_port_is_nobody_elses_before_its_part_listens() -> None:
    """Between the choice and the start lie the database, the seed and the programs' loading."""
    with contextlib.ExitStack() as ending:
        ports = up._ports(free_port(41_000), ending)
        chosen = (ports.web, ports.sockets, ports.standins, ports.smtp)
        for port in chosen:
            with pytest.raises(OSError), socket.socket() as stranger:
                stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                stranger.bind(("127.0.0.1", port))
            assert free_port(port) != port  # what a second `cilis up` asks
            with socket.socket() as part:  # what the parts do
                part.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                part.bind(("127.0.0.1", port))
                part.listen()
                socket.create_connection(("127.0.0.1", port), 1).close()
    for port in chosen:
        assert free_port(port) == port


def test_the_parts_take_the_ports_that_are_held_for_them() -> None:
    with contextlib.ExitStack() as ending:
        ports = up._ports(free_port(42_000), ending)
        state = State(None, retry_seconds=1)
        post = mail_server(state, ports.smtp, held=True)
        post.start()
        ending.callback(post.stop)
        web = web_server(state, ports.standins, held=True)
        ending.callback(web.server_close)
        for port in (ports.smtp, ports.standins):
            socket.create_connection(("127.0.0.1", port), 5).close()


def test_without_a_free_port_it_says_what_to_do(tmp_path: Path, folder: Path) -> None:
    said = CliRunner().invoke(up.command, ["--data", str(tmp_path / "data"), "--port", "65536"])
    assert said.exit_code == 1
    assert "give another with --port" in said.output
    assert "Traceback" not in said.output


def test_earlier_data_is_forgotten_but_the_lock_kept(folder: Path) -> None:
    (folder / "data" / "files").mkdir(parents=True)
    (folder / "secret_keys").write_text("x")
    with up._alone(folder):
        up._forget(folder)
        assert [path.name for path in folder.iterdir()] == ["up.lock"]


def test_settings_of_a_demo_are_its_own_and_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("CILIS_")]:  # noqa: TID251
        monkeypatch.delenv(name)
    monkeypatch.setenv("CILIS_DATABASE_URL", "postgresql://x/y")
    monkeypatch.setenv("CILIS_REDIS_URL", "redis://x")
    ports = up.Ports(8000, 8001, 8002, 2525)
    try:
        up._environment(folder, ports)
        first = config.settings()
        assert first.testing
        assert first.public_origin_form == "http://{host}:8000"
        assert first.socket_origin_form == "http://{host}:8001"
        assert first.egress_allow == "127.0.0.0/8"
        assert len(first.secret_list()[0]) >= 32
        assert (folder / "secret_keys").stat().st_mode & 0o777 == 0o600
        monkeypatch.delenv("CILIS_SECRET_KEYS")
        up._environment(folder, ports)
        assert config.settings().secret_list() == first.secret_list()
    finally:
        for name in [name for name in os.environ if name.startswith("CILIS_")]:  # noqa: TID251
            os.environ.pop(name)  # noqa: TID251 - what the demo set and monkeypatch does not know
        monkeypatch.undo()
        config.settings.cache_clear()
