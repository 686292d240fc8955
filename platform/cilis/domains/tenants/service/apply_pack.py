"""Apply a pack: show the plan first, change only what differs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from cilis.domains.tenants import queries
from cilis.domains.tenants.models import OrganizationRow
from cilis.domains.tenants.service.provision import permanent_host, provision
from cilis.domains.tenants.service.read_pack import read_pack
from cilis.domains.tenants.service.save import columns, save_organization
from cilis.domains.tenants.types import (
    BrandFile,
    Change,
    Organization,
    Pack,
    PackPart,
    Plan,
    PriceDisplay,
    Rules,
)
from cilis.infra import files, hosts, provisioning
from cilis.infra.db import reading, transaction
from cilis.infra.tenancy import Tenant, serving
from cilis.kit.errors import NotFound

_parts: dict[str, PackPart] = {}
_NESTED = frozenset({"texts", "legal", "wording", "brand"})


def pack_part(name: str, part: PackPart) -> None:
    """Let a room above take its share of every pack: ``part`` lists and makes the changes."""
    _parts[name] = part


def apply_pack(path: Path, *, dry_run: bool = False) -> Plan:
    """Make the organization say what its folder says; a second time there is nothing to do.

    Raises:
        BadPack: the pack holds something unknown or wrong; nothing was changed.
    """
    pack = read_pack(path)
    tenant = _tenant(pack.slug)
    if dry_run:
        return Plan(pack.slug, _planned(tenant, pack))
    created: list[Change] = []
    if tenant is None:
        created = [_creation(pack)]
        tenant = provision(pack.slug)
    with serving(tenant):
        for file in pack.brand_files:
            files.save_public(file.content, file.content_type)
        with transaction() as session:
            changes = _changes(session, pack, write=True)
    if changes:
        provisioning.bump_version(tenant)
        hosts.refresh()
        queries.forget_organizations()
    return Plan(pack.slug, created + changes, applied=True)


def _tenant(slug: str) -> Tenant | None:
    hosts.refresh()
    try:
        return hosts.by_slug(slug)
    except NotFound:
        return None


def _planned(tenant: Tenant | None, pack: Pack) -> list[Change]:
    if tenant is None:
        return [_creation(pack), *_changes(None, pack, write=False)]
    with serving(tenant), reading() as session:
        return _changes(session, pack, write=False)


def _creation(pack: Pack) -> Change:
    return Change("tenant", "add", pack.slug, permanent_host(pack.slug))


def _changes(session: Session | None, pack: Pack, *, write: bool) -> list[Change]:
    changes = _organization(session, pack, write=write)
    for part in _parts.values():
        changes += part(session, pack, write=write)
    return changes


def _organization(session: Session | None, pack: Pack, *, write: bool) -> list[Change]:
    wanted = dataclasses.replace(
        pack.organization,
        brand={**pack.organization.brand, **{file.name: _key(file) for file in pack.brand_files}},
    )
    row = session.get(OrganizationRow, queries.ROW) if session is not None else None
    present = queries.from_row(row) if row is not None else None
    if present is not None:
        wanted = _with_choices_of_admins(wanted, present)
    before = columns(present) if present is not None else {}
    if write and session is not None:
        save_organization(session, wanted)
    return list(_differences(before, wanted))


def _with_choices_of_admins(wanted: Organization, present: Organization) -> Organization:
    """What a pack does not say stays as the admins have it."""
    if wanted.rules == Rules():
        wanted = dataclasses.replace(wanted, rules=present.rules)
    if wanted.price_display == PriceDisplay.GROSS:
        wanted = dataclasses.replace(wanted, price_display=present.price_display)
    return wanted


def _differences(before: Mapping[str, Any], wanted: Organization) -> list[Change]:
    changes: list[Change] = []
    for name, value in columns(wanted).items():
        old = before.get(name)
        if old == value or (old is None and value in ({}, [], "", 0)):
            continue
        if name in _NESTED and isinstance(value, Mapping):
            changes += _nested(name, old or {}, value)
        else:
            changes.append(_change(name, old, value))
    return changes


def _nested(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    keys = dict.fromkeys([*new, *old])
    return [
        _change(f"{name}.{key}", old.get(key), new.get(key))
        for key in keys
        if old.get(key) != new.get(key)
    ]


def _change(what: str, old: Any, new: Any) -> Change:
    act = "add" if old is None else "remove" if new is None else "change"
    return Change("organization", act, what, _short(new if new is not None else old))


def _short(value: Any, limit: int = 60) -> str:
    text = value if isinstance(value, str) else ", ".join(_leaves(value))
    text = " ".join(text.split())
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _leaves(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [f"{key}: {inner}" for key, inner in value.items()]
    if isinstance(value, (list, tuple)):
        return [str(inner) for inner in value]
    return [str(value)]


def _key(file: BrandFile) -> str:
    """What files.save_public will answer: a key made of the content."""
    return file.digest + (".png" if file.content_type == "image/png" else ".svg")
