"""The small verbs: clock, outbox, secrets, and help without any settings."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import pytest
from click.testing import CliRunner, Result

from cilis.cli import clock as clock_verb
from cilis.cli import main
from cilis.cli import outbox as outbox_verb
from cilis.cli import secrets as secrets_verb
from cilis.config import settings
from cilis.infra import clocksync, relay
from cilis.infra.db import transaction
from cilis.infra.outbox import Event, emit, listens_to
from cilis.infra.tenancy import Tenant
from cilis.kit import clock, ids
from cilis.kit.crypto import Keyring

troubles: list[Exception] = []


@dataclass(frozen=True, kw_only=True)
class Called(Event):
    name: ClassVar[str] = "tests.called.v1"


@listens_to(Called)
def answer_call(event: Called) -> None:
    del event
    if troubles:
        raise troubles.pop()


def run(verb: object, *words: str) -> Result:
    return CliRunner().invoke(verb, list(words))  # type: ignore[arg-type]


class TestClock:
    @pytest.mark.parametrize(
        ("word", "distance"),
        [("90s", 90), ("15m", 900), ("25h", 90_000), ("3d", 259_200)],
    )
    def test_it_goes_forward_for_every_process(
        self, tenant: Tenant, word: str, distance: int
    ) -> None:
        before = clock.now()
        said = run(clock_verb.command, "forward", word)
        assert (said.exit_code, said.output) == (0, f"moved forward by {word}\n")
        clocksync.sync()
        moved = clock.now() - before
        assert timedelta(seconds=distance) <= moved < timedelta(seconds=distance + 30)
        run(clock_verb.command, "forward", word)
        clocksync.sync()
        assert clock.now() - before >= timedelta(seconds=2 * distance)
        assert run(clock_verb.command, "reset").exit_code == 0
        clocksync.sync()
        assert clock.now() - before < timedelta(seconds=30)

    @pytest.mark.parametrize("word", ["", "1", "h", "-1h", "1.5h", "1w", "1 h", "9999999h", "1h1m"])
    def test_another_way_of_writing_is_refused(self, tenant: Tenant, word: str) -> None:
        said = run(clock_verb.command, "forward", word)
        assert said.exit_code == 2
        clocksync.sync()
        assert abs(clock.distance()) < timedelta(seconds=1)

    def test_never_in_production(self, tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
        real = settings().model_copy(update={"testing": False})
        monkeypatch.setattr(clock_verb, "settings", lambda: real)
        said = run(clock_verb.command, "forward", "1h")
        assert said.exit_code == 1
        assert "CILIS_TESTING=1" in said.output


class TestOutbox:
    def test_the_dead_are_listed_and_tried_again(
        self, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(relay, "MAX_ATTEMPTS", 1)
        monkeypatch.setattr(outbox_verb, "prepare_process", lambda _: None)  # it is prepared
        troubles.append(ValueError("no answer"))
        with transaction() as session:
            emit(session, Called())
        relay.run_due()
        listed = run(outbox_verb.command, "dead")
        event_id, listener, where, error = listed.output.strip().split(" ", 3)
        assert (where, error) == (tenant.role, "ValueError: no answer")
        again = run(outbox_verb.command, "replay", event_id, listener)
        assert (again.exit_code, again.output) == (0, "it will be tried within a second\n")
        assert float(run(outbox_verb.command, "age").output) >= 0
        assert relay.run_due() == 1
        assert run(outbox_verb.command, "dead").output == ""

    def test_what_is_not_dead_is_told(
        self, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(outbox_verb, "prepare_process", lambda _: None)
        said = run(outbox_verb.command, "replay", str(ids.new()), "x")
        assert said.exit_code == 1
        assert "no dead delivery" in said.output
        assert run(outbox_verb.command, "replay", "x", "y").exit_code == 2

    def test_it_prepares_its_own_process(self, tenant: Tenant) -> None:
        said = subprocess.run(
            [sys.executable, "-m", "cilis", "outbox", "age"],
            capture_output=True, text=True, check=False, timeout=50,
        )  # fmt: skip
        assert said.returncode == 0, said.stderr
        assert float(said.stdout) == 0


def test_a_new_key_is_strong_and_new() -> None:
    made = {run(secrets_verb.command, "new").output.strip() for _ in range(5)}
    assert len(made) == 5
    assert all(len(key) >= 64 for key in made)
    Keyring(sorted(made))


def test_help_needs_no_settings() -> None:
    bare = {name: value for name, value in os.environ.items() if not name.startswith("CILIS_")}  # noqa: TID251
    said = subprocess.run(
        [sys.executable, "-m", "cilis", "--help"],
        capture_output=True, text=True, check=False, env=bare, timeout=50,
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    for verb in ("up", "doctor", "migrate", "clock", "outbox", "serve", "secrets", "tenant"):
        assert f"\n  {verb} " in said.stdout


@pytest.mark.parametrize("verb", ["up", "doctor", "migrate", "clock", "serve", "secrets"])
def test_every_verb_explains_itself(verb: str) -> None:
    said = run(main, verb, "--help")
    assert said.exit_code == 0
    assert "Usage:" in said.output


def test_an_unknown_verb_is_told() -> None:
    said = run(main, "fly")
    assert said.exit_code == 2
    assert "No such command 'fly'" in said.output


@pytest.fixture(autouse=True)
def _quiet() -> None:
    troubles.clear()
