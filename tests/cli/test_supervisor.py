"""Processes that die come back; processes that are to end do end, with all they started."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cilis.cli import supervisor as supervising
from cilis.cli.supervisor import (
    MARK,
    NoFreePort,
    Part,
    Supervisor,
    end_orphans,
    free_port,
    wait_for_port,
)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def watching(said: list[str]) -> Iterator[Supervisor]:
    made = Supervisor(said.append)
    yield made
    for part in made.parts:
        part.signal(signal.SIGKILL)
        if part.process is not None:
            part.process.wait()


def part(folder: Path, script: str, name: str = "part") -> Part:
    return Part(name, ["/bin/sh", "-c", script], {"PATH": "/usr/bin:/bin"}, folder / f"{name}.log")


def until(condition: Callable[[], object], seconds: float = 5) -> None:
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.02)


def alive(pid: int) -> bool:
    listed = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return bool(listed.stdout.strip()) and not listed.stdout.startswith("Z")


def look(watching: Supervisor) -> bool:
    for each in watching.parts:
        watching._look_after(each)
    return all(each.is_running for each in watching.parts)


def test_what_dies_starts_again_after_a_pause_and_is_told(
    watching: Supervisor, said: list[str], tmp_path: Path
) -> None:
    child = part(tmp_path, "sleep 60")
    watching.run(child)
    assert child.process is not None
    first = child.process.pid
    os.kill(first, signal.SIGKILL)
    child.process.wait()
    look(watching)
    died = time.monotonic()
    look(watching)
    assert not child.is_running  # it waits
    until(lambda: look(watching))
    assert 0.8 < time.monotonic() - died < 3
    assert child.process.pid != first
    assert said == [f"part ended (-9) and starts again; its log: {child.log}"]


def test_pauses_grow_so_that_a_broken_one_is_not_started_for_ever(
    watching: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    child = part(tmp_path, "exit 3")
    watching.run(child)
    pauses = []
    for _ in range(9):
        assert child.process is not None
        child.process.wait()
        look(watching)
        pauses.append(child.again_at - now[0])
        now[0] = child.again_at
        look(watching)
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (1.0, 20)


def test_children_of_a_killed_part_do_not_outlive_it(watching: Supervisor, tmp_path: Path) -> None:
    child = part(tmp_path, "sleep 61 & echo $!; wait")
    watching.run(child)
    until(lambda: child.log.read_text().strip())
    grandchild = int(child.log.read_text())
    assert child.process is not None
    os.kill(child.process.pid, signal.SIGKILL)
    child.process.wait()
    assert alive(grandchild)
    look(watching)
    until(lambda: not alive(grandchild))


def test_to_stop_ends_whole_groups_the_stubborn_by_force(
    watching: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervising, "GRACE", 0.5)
    polite = part(tmp_path, "sleep 62 & echo $!; wait", "polite")
    stubborn = part(tmp_path, "trap '' TERM; echo $$; while :; do sleep 0.1; done", "stubborn")
    for each in (polite, stubborn):
        watching.run(each)
        until(each.log.read_text)
    pids = [int(each.log.read_text()) for each in (polite, stubborn)]
    began = time.monotonic()
    watching.stop()
    assert time.monotonic() - began < 3
    assert not polite.is_running
    assert not stubborn.is_running
    until(lambda: not any(alive(pid) for pid in pids))
    watching.stop()  # once more does nothing


def test_a_signal_ends_the_watch(tmp_path: Path) -> None:
    program = (
        "import pathlib, sys; from cilis.cli.supervisor import Part, Supervisor\n"
        "made = Supervisor(print); folder = pathlib.Path(sys.argv[1])\n"
        "made.run(Part('x', ['/bin/sleep', '63'], {}, folder / 'x.log'))\n"
        "print(made.parts[0].process.pid, flush=True); made.watch(); made.stop(); print('ended')"
    )
    run = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert run.stdout is not None
    child = int(run.stdout.readline())
    time.sleep(0.3)  # until it watches
    run.send_signal(signal.SIGTERM)
    assert run.stdout.read() == "ended\n"
    assert run.wait(10) == 0
    run.stdout.close()
    assert not alive(child)


def test_what_a_killed_run_left_is_ended_and_nothing_else(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "ours-too"
    left = [
        subprocess.Popen(["/bin/sleep", "64"], env={MARK: str(folder)})
        for folder in (ours, ours, theirs)
    ]
    stubborn = subprocess.Popen(
        ["/bin/sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"],
        env={MARK: str(ours), "PATH": "/bin:/usr/bin"},
    )
    time.sleep(0.2)
    try:
        assert end_orphans(ours, grace=0.7) >= 3
        assert [each.poll() for each in left[:2]] == [-signal.SIGTERM] * 2
        assert stubborn.wait(5) == -signal.SIGKILL
        assert left[2].poll() is None
        assert end_orphans(ours) == 0
    finally:
        for each in (*left, stubborn):
            each.kill()
            each.wait()


def test_a_taken_port_is_passed_over() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert free_port(port) > port
    with pytest.raises(NoFreePort, match="--port"):
        free_port(65_536)


def test_waiting_for_a_port_ends_when_its_program_does(tmp_path: Path) -> None:
    dead = part(tmp_path, "exit 1")
    dead.start()
    began = time.monotonic()
    assert not wait_for_port(free_port(40_000), 20, dead)
    assert time.monotonic() - began < 5
    with socket.create_server(("127.0.0.1", 0)) as open_:
        assert wait_for_port(open_.getsockname()[1], 1, dead)
    assert dead.process is not None
    dead.process.wait()
