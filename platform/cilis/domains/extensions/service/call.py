"""Call a plugin: bounded, contained, and counted when it fails."""

from __future__ import annotations

import contextlib
from typing import Any

import sqlalchemy as sa

from cilis.domains.extensions import queries
from cilis.domains.extensions.models import ExtensionSwitch
from cilis.domains.extensions.types import Active
from cilis.hooks.failures import PluginError, TryLater
from cilis.hooks.manager import PluginFailed, plugins
from cilis.hooks.settings import SettingKind, TestOutcome
from cilis.infra import limits
from cilis.infra.db import reading, transaction
from cilis.infra.i18n import N_
from cilis.kit import clock
from cilis.kit.errors import Unavailable

TEST_SECONDS = 10.0
_LONGEST_REASON = 300


def call(active: Active, seconds: float, method_name: str, *args: Any) -> Any:
    """Call a plugin's method with a deadline; what fails is counted and raised again.

    Raises:
        PluginError: what the plugin raised on purpose (TryLater, Refused, BadSignature).
        PluginFailed: anything else, or no answer in time.
        InsideTransaction: a transaction is open.
    """
    method = getattr(plugins.get(active.kind, active.key), method_name)
    try:
        return plugins.call(active.kind, active.key, seconds, method, *args)
    except (PluginFailed, TryLater) as problem:
        with contextlib.suppress(Unavailable):  # the plugin's failure matters more than its count
            _count(active, f"{method_name}: {problem}")
        raise


def try_out(kind: str, key: str) -> TestOutcome:
    """Try the settings that are kept, whether the plugin is on or not; nothing is counted.

    Raises:
        UnknownExtension: no such plugin is installed.
        TooMany: it was tried twenty times within a minute.
    """
    with reading() as session:
        offer = queries.offered(kind, key)
        active = Active(kind, key, queries.kept_settings(session, kind, key))
    limits.hit("extension_tests", f"{kind}/{key}", "20/minute")
    try:
        return plugins.call(kind, key, TEST_SECONDS, offer.test, active.settings)
    except PluginError as problem:
        return TestOutcome(works=False, message=_without_secrets(active, str(problem)))
    except PluginFailed:
        return TestOutcome(works=False, message=N_("The extension broke down while it was tried."))


def _count(active: Active, reason: str) -> None:
    """Add one, in a single statement: of two failures at once none is lost."""
    with transaction() as session:
        session.execute(
            sa.update(ExtensionSwitch)
            .where(ExtensionSwitch.kind == active.kind, ExtensionSwitch.key == active.key)
            .values(
                failures=ExtensionSwitch.failures + 1,
                last_failure=_without_secrets(active, reason)[:_LONGEST_REASON],
                last_failure_at=clock.now(),
            )
        )


def _without_secrets(active: Active, reason: str) -> str:
    """An exception may quote what the plugin was called with: secrets are cut out of its text."""
    for field in queries.offered(active.kind, active.key).settings:
        value = active.settings.get(field.name, "")
        if field.kind is SettingKind.SECRET and value:
            reason = reason.replace(value, "•••")
    return reason
