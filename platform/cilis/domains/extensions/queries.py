"""Reads: what is switched on, and how the switchboard looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.config import settings
from cilis.domains.extensions.errors import ExtensionOff, UnknownExtension
from cilis.domains.extensions.models import ExtensionSwitch
from cilis.domains.extensions.types import Active, Extension
from cilis.hooks.manager import plugins
from cilis.hooks.settings import SettingField, SettingKind, TestOutcome
from cilis.infra import secrets
from cilis.infra.tenancy import current_tenant
from cilis.kit import crypto


class Offered(Protocol):
    """What every registered provider or channel has."""

    key: str
    title: str
    settings: Sequence[SettingField]

    def test(self, settings: Mapping[str, str]) -> TestOutcome:
        """Try the settings."""
        ...


def active(session: Session, kind: str) -> list[Active]:
    """The plugins of a kind that this tenant has switched on, by key."""
    wanted = sa.select(ExtensionSwitch).where(
        ExtensionSwitch.kind == kind, ExtensionSwitch.is_on.is_(True)
    )
    rows = session.scalars(wanted.order_by(ExtensionSwitch.key)).all()
    installed = set(plugins.keys(kind))
    return [_opened(row) for row in rows if row.key in installed]


def active_one(session: Session, kind: str, key: str) -> Active:
    """One plugin that is switched on; raises ExtensionOff."""
    row = session.get(ExtensionSwitch, (kind, key))
    if row is None or not row.is_on or not is_installed(kind, key):
        raise ExtensionOff(f"{kind}/{key}")
    return _opened(row)


def hook_token(session: Session, kind: str, key: str) -> str:
    """The unguessable part of the address at which the outside calls this plugin."""
    row = session.get(ExtensionSwitch, (kind, key))
    if row is None or not row.is_on:
        raise ExtensionOff(f"{kind}/{key}")
    return row.hook_token


def by_hook_token(session: Session, kind: str, key: str, token: str) -> Active:
    """The plugin that an outside call is for; raises ExtensionOff for a wrong token too."""
    row = session.get(ExtensionSwitch, (kind, key))
    known = row.hook_token if row is not None else ""
    fits = crypto.same(known, token)
    if row is None or not fits or not row.is_on or not is_installed(kind, key):
        raise ExtensionOff(f"{kind}/{key}")
    return _opened(row)


def hook_address(kind: str, key: str, token: str) -> str:
    """The whole address for notices, on the permanent sub-domain: a changed domain loses none."""
    origin = settings().public_origin_form.format(host=current_tenant().host)
    return f"{origin}/hooks/{kind}/{key}/{token}"


def overview(session: Session) -> list[Extension]:
    """Every installed plugin with what this tenant has decided of it."""
    rows = {(row.kind, row.key): row for row in session.scalars(sa.select(ExtensionSwitch))}
    return [
        _shown(kind, key, offer.title, offer.settings, rows.get((kind, key)))
        for kind, key, offer in plugins.offers()
    ]


def one(session: Session, kind: str, key: str) -> Extension:
    """One installed plugin; raises UnknownExtension."""
    offer = offered(kind, key)
    row = session.get(ExtensionSwitch, (kind, key))
    return _shown(kind, key, offer.title, offer.settings, row)


def is_installed(kind: str, key: str) -> bool:
    """Whether a plugin offers this."""
    return kind in plugins.specs and key in plugins.keys(kind)


def offered(kind: str, key: str) -> Offered:
    """What a plugin offers; raises UnknownExtension."""
    if not is_installed(kind, key):
        raise UnknownExtension(f"{kind}/{key}")
    found: Offered = plugins.get(kind, key)
    return found


def with_defaults(fields: Sequence[SettingField], known: Mapping[str, str]) -> dict[str, str]:
    """The settings a plugin is called with: every field it declares, and nothing else."""
    return {field.name: known.get(field.name, field.default) for field in fields}


def kept_settings(session: Session, kind: str, key: str) -> Mapping[str, str]:
    """What is kept for a plugin, whether it is on or not; its defaults where nothing is."""
    row = session.get(ExtensionSwitch, (kind, key))
    if row is None:
        return with_defaults(offered(kind, key).settings, {})
    return _opened(row).settings


def _opened(row: ExtensionSwitch) -> Active:
    fields = offered(row.kind, row.key).settings
    known = dict(row.settings) | {
        name: secrets.decrypt(sealed) for name, sealed in row.secrets.items()
    }
    return Active(row.kind, row.key, with_defaults(fields, known))


def _shown(
    kind: str, key: str, title: str, fields: Sequence[SettingField], row: ExtensionSwitch | None
) -> Extension:
    plain = [field for field in fields if field.kind is not SettingKind.SECRET]
    if row is None:
        return Extension(
            kind=kind, key=key, title=title, fields=fields, settings=with_defaults(plain, {})
        )
    return Extension(
        kind=kind,
        key=key,
        title=title,
        fields=fields,
        is_on=row.is_on,
        settings=with_defaults(plain, dict(row.settings)),
        secrets_set=frozenset(row.secrets),
        failures=row.failures,
        last_failure=row.last_failure,
        last_failure_at=row.last_failure_at,
        hook_address=hook_address(kind, key, row.hook_token),
    )
