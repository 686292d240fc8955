"""Switch a plugin on or off and keep its settings."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from cilis.domains.extensions import queries
from cilis.domains.extensions.events import ExtensionSwitched
from cilis.domains.extensions.models import ExtensionSwitch
from cilis.domains.extensions.service.check import checked
from cilis.domains.extensions.types import Extension
from cilis.hooks.settings import SettingKind
from cilis.infra import audit, outbox, secrets
from cilis.infra.db import transaction
from cilis.kit import crypto
from cilis.kit.viewer import Viewer


def switch(kind: str, key: str, on: bool, settings: Mapping[str, str], viewer: Viewer) -> Extension:
    """Switch a plugin on or off and keep the given settings; those left out stay as they are.

    A secret given empty stays as it is too. Switching off asks for nothing, so that a broken
    plugin can always be stopped.

    Raises:
        UnknownExtension: no such plugin is installed.
        InvalidInput: a setting is missing, unknown or of the wrong form.
    """
    fields = queries.offered(kind, key).settings
    hidden = {field.name for field in fields if field.kind is SettingKind.SECRET}
    with transaction() as session:
        row = _locked(session, kind, key)
        kept = {**row.settings, **row.secrets}
        given = {name: value for name, value in settings.items() if value or name not in hidden}
        values = checked(fields, given, kept=kept, complete=on)
        sealed = {name: secrets.encrypt(values[name]) for name in values if name in hidden}
        row.secrets = {name: row.secrets[name] for name in row.secrets if name in hidden} | sealed
        row.settings = {**row.settings, **{n: v for n, v in values.items() if n not in hidden}}
        row.is_on, row.failures, row.last_failure, row.last_failure_at = on, 0, "", None
        detail = {"kind": kind, "key": key, "on": on, "secrets_changed": sorted(sealed)}
        audit.record(session, "extensions.switched", None, actor=viewer.person_id, detail=detail)
        outbox.emit(session, ExtensionSwitched(kind=kind, key=key, is_on=on))
        session.flush()
        return queries.one(session, kind, key)


def _locked(session: Session, kind: str, key: str) -> ExtensionSwitch:
    row = session.get(ExtensionSwitch, (kind, key), with_for_update=True)
    if row is None:
        row = ExtensionSwitch(
            kind=kind,
            key=key,
            is_on=False,
            settings={},
            secrets={},
            hook_token=crypto.token(128),
            failures=0,
            last_failure="",
            last_failure_at=None,
        )
        session.add(row)
    return row
