"""Ways in which a plugin could take its process along, or its name apart; none does."""

from __future__ import annotations

import sys
import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest

from cilis.hooks import hookimpl
from cilis.hooks.manager import BrokenPlugin, PluginFailed, Plugins


class Offering:
    """A plugin whose hook does what it is given."""

    def __init__(self, make: Any) -> None:
        self.make = make

    @hookimpl
    def register_payment_provider(self) -> Any:
        return self.make()


def acme() -> Any:
    return SimpleNamespace(key="acme")


def leave() -> None:
    sys.exit(3)


def time_out() -> None:
    raise TimeoutError("the gateway's socket")


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: 1 / 0, "raised ZeroDivisionError"),
        (lambda: None, "raised AttributeError"),
        (object, "raised AttributeError"),
    ],
)
def test_a_plugin_that_cannot_make_its_offer_is_named(make: Any, sentence: str) -> None:
    with pytest.raises(BrokenPlugin, match=rf"plugin payment_x: .* {sentence}"):
        Plugins().register("payment_x", Offering(make))


def test_a_plugin_is_there_once() -> None:
    found = Plugins()
    found.register("payment_x", Offering(acme))
    with pytest.raises(BrokenPlugin, match="payment_x is there twice"):
        found.register("payment_x", Offering(acme))


def test_a_plugin_cannot_end_the_process() -> None:
    with pytest.raises(PluginFailed, match="SystemExit: 3"):
        Plugins().call("payments", "x", 2, leave)


def test_a_time_out_of_its_own_is_a_fault_not_a_hang() -> None:
    found = Plugins()
    for _ in range(4):
        with pytest.raises(PluginFailed, match="TimeoutError: the gateway's socket"):
            found.call("payments", "x", 2, time_out)
    assert found.call("payments", "x", 2, lambda: 1) == 1


def test_one_that_is_off_is_off_for_its_own_calls_only_and_at_once() -> None:
    found, gate = Plugins(), threading.Event()
    try:
        for _ in range(2):
            with pytest.raises(PluginFailed, match="did not answer"):
                found.call("payments", "x", 0.05, gate.wait, 20)
        began = time.monotonic()
        for _ in range(50):
            with pytest.raises(PluginFailed, match="is off"):
                found.call("payments", "x", 5, lambda: 1)
        assert time.monotonic() - began < 0.5
        assert found.call("meetings", "x", 2, lambda: 1) == 1
    finally:
        gate.set()
