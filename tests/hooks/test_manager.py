"""Broken plugins stop the start-up with a sentence; failing ones are contained."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from cilis.hooks import Refused, TryLater, hookimpl
from cilis.hooks.manager import BrokenPlugin, PluginFailed, Plugins
from cilis.hooks.payments import BadSignature
from cilis.kit import guard


class Acme:
    """A plugin that offers what it is given."""

    def __init__(self, key: str = "acme") -> None:
        self.offer = SimpleNamespace(key=key)

    @hookimpl
    def register_payment_provider(self) -> Any:
        return self.offer


class Misspelled:
    @hookimpl
    def register_payment_providers(self) -> Any:
        return SimpleNamespace(key="x")


class Empty:
    pass


class Raising:
    @hookimpl
    def register_payment_provider(self) -> Any:
        raise RuntimeError("no")


class TestLoading:
    def test_what_is_installed_is_loaded(self) -> None:
        found = Plugins()
        found.load_installed()

        assert found.keys("payments") == ["manual", "stripe", "vnpay"]
        assert found.keys("meetings") == ["jitsi"]
        assert found.keys("notifications") == ["email"]
        assert found.package_of("payments", "vnpay") == "cilis_payment_vnpay"
        assert (found.folder_of("payments", "vnpay") / "plugin.py").exists()

    def test_an_offer_is_found_by_kind_and_key(self) -> None:
        found, plugin = Plugins(), Acme()
        found.register("payment_acme", plugin)

        assert found.get("payments", "acme") is plugin.offer
        assert list(found.offers()) == [("payments", "acme", plugin.offer)]
        with pytest.raises(KeyError):
            found.get("meetings", "acme")

    @pytest.mark.parametrize(
        ("name", "plugin", "sentence"),
        [
            ("acme", Acme(), "its name must start with one of payment_, video_, notify_"),
            ("payment_acme", Misspelled(), "unknown hook"),
            ("payment_acme", Empty(), r"must implement register_payment_provider\(\)"),
            ("video_acme", Acme(), r"must implement register_meeting_provider\(\)"),
        ],
    )
    def test_a_broken_plugin_is_named(self, name: str, plugin: object, sentence: str) -> None:
        with pytest.raises(BrokenPlugin, match=sentence):
            Plugins().register(name, plugin)

    def test_a_key_is_taken_once(self) -> None:
        found = Plugins()
        found.register("payment_acme", Acme())
        with pytest.raises(BrokenPlugin, match="already has a provider 'acme'"):
            found.register("payment_other", Acme())

    def test_a_plugin_that_raises_stops_the_start(self) -> None:
        with pytest.raises(RuntimeError):
            Plugins().register("payment_acme", Raising())


@pytest.fixture
def found() -> Plugins:
    made = Plugins()
    made.register("payment_acme", Acme())
    return made


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


class TestCalls:
    def test_values_go_through(self, found: Plugins) -> None:
        assert found.call("payments", "acme", 1, lambda a, b: a + b, 1, b=2) == 3

    @pytest.mark.parametrize("meant", [TryLater("x"), Refused("x"), BadSignature("x")])
    def test_what_is_raised_on_purpose_comes_out(self, found: Plugins, meant: Exception) -> None:
        def fail() -> None:
            raise meant

        with pytest.raises(type(meant)) as problem:
            found.call("payments", "acme", 1, fail)
        assert problem.value is meant

    @pytest.mark.parametrize("fault", [ZeroDivisionError(), KeyError("secret"), MemoryError()])
    def test_everything_else_is_a_fault(self, found: Plugins, fault: Exception) -> None:
        def fail() -> None:
            raise fault

        with pytest.raises(PluginFailed, match=type(fault).__name__):
            found.call("payments", "acme", 1, fail)

    def test_a_slow_one_is_left_behind(self, found: Plugins, gate: threading.Event) -> None:
        before = time.monotonic()
        with pytest.raises(PluginFailed, match=r"did not answer within 0\.05 s"):
            found.call("payments", "acme", 0.05, gate.wait, 10)
        assert time.monotonic() - before < 1

    def test_two_that_hang_turn_it_off_until_they_come_back(
        self, found: Plugins, gate: threading.Event
    ) -> None:
        for _ in range(2):
            with pytest.raises(PluginFailed):
                found.call("payments", "acme", 0.05, gate.wait, 10)
        before = time.monotonic()
        with pytest.raises(PluginFailed, match="is off in this process"):
            found.call("payments", "acme", 5, lambda: 1)
        assert time.monotonic() - before < 1  # at once: no thread is waited for
        gate.set()
        time.sleep(0.1)

        assert found.call("payments", "acme", 1, lambda: 1) == 1

    def test_what_never_began_never_happens(self, found: Plugins, gate: threading.Event) -> None:
        """A call that waited behind slow ones is not made after its caller gave up."""
        callers = [
            threading.Thread(target=found.call, args=("payments", "acme", 5, gate.wait, 5))
            for _ in range(2)
        ]
        for caller in callers:
            caller.start()
        time.sleep(0.05)
        done: list[int] = []
        with pytest.raises(PluginFailed, match="busy"):
            found.call("payments", "acme", 0.05, done.append, 1)
        gate.set()
        for caller in callers:
            caller.join(5)
        assert found.call("payments", "acme", 1, lambda: 2) == 2
        assert done == []

    def test_another_plugin_is_not_held_up(self, found: Plugins, gate: threading.Event) -> None:
        found.register("payment_other", Acme("other"))
        for _ in range(2):
            with pytest.raises(PluginFailed):
                found.call("payments", "acme", 0.05, gate.wait, 10)

        assert found.call("payments", "other", 1, lambda: 1) == 1

    def test_never_inside_a_transaction(self, found: Plugins) -> None:
        with guard.marking_transaction(), pytest.raises(guard.InsideTransaction):
            found.call("payments", "acme", 1, lambda: 1)
