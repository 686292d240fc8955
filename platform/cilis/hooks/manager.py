"""Loads plugins, refuses broken ones at start-up, and contains them afterwards."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as DeadlineExceeded
from contextvars import copy_context
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, ParamSpec, Protocol, TypeVar

import pluggy

from cilis.hooks import meetings, notifications, payments
from cilis.hooks.failures import PluginError
from cilis.hooks.markers import PROJECT
from cilis.kit import guard

P = ParamSpec("P")
T = TypeVar("T")

GROUP = "cilis.plugins"
_SPECS: tuple[ModuleType, ...] = (payments, meetings, notifications)
_KINDS = {
    "payments": ("payment_", "register_payment_provider"),
    "meetings": ("video_", "register_meeting_provider"),
    "notifications": ("notify_", "register_notification_channel"),
}


class Offer(Protocol):
    """What every registered object has."""

    key: str


class BrokenPlugin(RuntimeError):
    """A plugin cannot be loaded; the message says which and how to mend it."""


class PluginFailed(Exception):
    """A plugin raised something unexpected, or took too long."""


@dataclass
class _Bench:
    """Two threads for each plugin: one that hangs cannot be ended, so it must not be many."""

    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(2))
    hanging: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class Plugins:
    """The plugins of this process, by kind and key."""

    def __init__(self) -> None:
        self._manager = pluggy.PluginManager(PROJECT)
        for spec in _SPECS:
            self._manager.add_hookspecs(spec)
        self._offers: dict[str, dict[str, Any]] = {kind: {} for kind in _KINDS}
        self._names: dict[tuple[str, str], str] = {}
        self._benches: dict[str, _Bench] = {}

    def load_installed(self) -> None:
        """Load every installed distribution's entry points of the group ``cilis.plugins``."""
        for entry in sorted(importlib.metadata.entry_points(group=GROUP), key=lambda e: e.name):
            try:
                module = entry.load()
            except Exception as problem:
                raise BrokenPlugin(
                    f"plugin {entry.name} cannot be imported: {problem}"
                ) from problem
            self.register(entry.name, module)

    def register(self, name: str, plugin: object) -> None:
        """Take one plugin in; raises BrokenPlugin for a misspelled hook, kind or double key."""
        kind = next((kind for kind, (prefix, _) in _KINDS.items() if name.startswith(prefix)), None)
        if kind is None:
            prefixes = ", ".join(prefix for prefix, _ in _KINDS.values())
            raise BrokenPlugin(f"plugin {name}: its name must start with one of {prefixes}")
        try:
            self._manager.register(plugin, name)
            self._manager.check_pending()
        except pluggy.PluginValidationError as problem:
            self._manager.unregister(plugin)
            raise BrokenPlugin(f"plugin {name}: {problem}") from problem
        except ValueError as problem:
            raise BrokenPlugin(f"plugin {name} is there twice") from problem
        hook = _KINDS[kind][1]
        maker = getattr(plugin, hook, None)
        if maker is None:
            raise BrokenPlugin(f"plugin {name} must implement {hook}()")
        try:
            offer = maker()
            key = str(offer.key)
        except Exception as problem:
            raise BrokenPlugin(
                f"plugin {name}: {hook}() raised {type(problem).__name__}: {problem}"
            ) from problem
        if key in self._offers[kind]:
            raise BrokenPlugin(f"plugin {name}: {kind} already has a provider {key!r}")
        self._offers[kind][key] = offer
        self._names[kind, key] = name

    def keys(self, kind: str) -> list[str]:
        """The keys on offer for a kind, sorted."""
        return sorted(self._offers[kind])

    def offers(self) -> Iterator[tuple[str, str, Any]]:
        """Every (kind, key, object)."""
        for kind, found in self._offers.items():
            for key in sorted(found):
                yield kind, key, found[key]

    def get(self, kind: str, key: str) -> Any:
        """The object itself; raises KeyError."""
        return self._offers[kind][key]

    def folder_of(self, kind: str, key: str) -> Path:
        """Where the plugin's package data (templates, catalogues) lie."""
        spec = importlib.util.find_spec(self.package_of(kind, key))
        if spec is None or spec.origin is None:
            return Path()  # a plugin that a test registered by hand has no package
        return Path(spec.origin).parent

    def package_of(self, kind: str, key: str) -> str:
        """The plugin's import package: "cilis_payment_vnpay"."""
        return f"cilis_{self._names[kind, key]}"

    def call(
        self,
        kind: str,
        key: str,
        seconds: float,
        what: Callable[P, T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run a plugin's method with a deadline, errors contained.

        Raises:
            PluginError: what the plugin raised on purpose (TryLater, Refused, BadSignature).
            PluginFailed: anything else it raised, or no answer within ``seconds``.
            InsideTransaction: a transaction is open.
        """
        guard.refuse_inside_transaction(f"plugin {kind}/{key}")
        bench = self._benches.setdefault(f"{kind}/{key}", _Bench())
        if bench.hanging >= 2:
            raise PluginFailed(f"{kind}/{key} is off in this process: two of its calls hang")
        future = bench.pool.submit(copy_context().run, lambda: what(*args, **kwargs))
        try:
            return future.result(timeout=seconds)
        except DeadlineExceeded as problem:
            if future.done():  # a time-out of its own
                raise PluginFailed(f"{kind}/{key}: TimeoutError: {problem}") from problem
            if future.cancel():  # it never began, so it must not happen after its caller gave up
                raise PluginFailed(f"{kind}/{key} is busy") from problem
            with bench.lock:
                bench.hanging += 1
            future.add_done_callback(lambda _: self._came_back(bench))
            raise PluginFailed(f"{kind}/{key} did not answer within {seconds:g} s") from problem
        except PluginError:
            raise
        except (Exception, SystemExit) as problem:
            if not future.done():  # not the plugin's: this process is told to end
                raise
            raise PluginFailed(f"{kind}/{key}: {type(problem).__name__}: {problem}") from problem

    @staticmethod
    def _came_back(bench: _Bench) -> None:
        with bench.lock:
            bench.hanging -= 1

    @property
    def specs(self) -> Mapping[str, str]:
        """Kind -> name of its hook."""
        return {kind: hook for kind, (_, hook) in _KINDS.items()}


plugins = Plugins()
