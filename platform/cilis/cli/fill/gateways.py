"""Settings with which the demo's plugins talk to the stand-ins on this machine.

No secret is committed: each is derived from the installation's own keys, so that a second start
finds the same ones and another installation has others.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from cilis.config import settings
from cilis.domains import extensions
from cilis.infra.db import reading
from cilis.infra.secrets import signing_keys
from cilis.infra.tenancy import Tenant
from cilis.kit.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Till:
    """The gateway that took the demo's money: its key, and the organization's account there."""

    provider: str
    account: str


class PortsLike(Protocol):
    """Where the demo's parts listen, all on 127.0.0.1."""

    @property
    def standins(self) -> int:
        """Payment pages, rooms, mails to look at."""
        ...

    @property
    def smtp(self) -> int:
        """Mails."""
        ...


_BY_HAND = {
    "transfer": "1",
    "holder": "Demo",
    # the IBAN registry's own example: right check digits, nobody's account
    "account": "DE89 3704 0044 0532 0130 00",
    "transfer_days": "3",
    "transfer_before": "24",
    "desk": "1",
    "desk_place": "12 Lê Lợi",
    "desk_hours": "8:00–17:00",
    "desk_days": "2",
    "desk_before": "1",
}
"""Of payments without a gateway: an account and a desk that there are not."""


def switch_on(tenant: Tenant, wanted: Sequence[tuple[str, str]], ports: PortsLike) -> int:
    """Switch the pack's extensions on with the stand-ins' addresses; returns how many changed."""
    changed = 0
    accounts: list[dict[str, Any]] = []
    for kind, key in wanted:
        given = _settings(tenant, kind, key, ports)
        with reading() as session:
            known = {(found.kind, found.key): found for found in extensions.overview(session)}
        found = known.get((kind, key))
        if found is None:
            continue  # not installed here
        if not _as_wanted(found, given):
            found = extensions.switch(kind, key, True, given, Viewer())  # noqa: FBT003
            changed += 1
        accounts += _account(key, given, found.hook_address)
    _tell_standins(accounts)
    return changed


def till(tenant: Tenant, wanted: Sequence[tuple[str, str]], ports: PortsLike) -> Till | None:
    """The gateway that takes the demo's money: the pack's first one that is installed here."""
    names = {"vnpay": "tmn_code", "stripe": "secret_key"}
    with reading() as session:
        installed = {(found.kind, found.key) for found in extensions.overview(session)}
    for kind, key in wanted:
        if kind == "payments" and key in names and (kind, key) in installed:
            return Till(key, _settings(tenant, kind, key, ports)[names[key]])
    return None


def standins_folder() -> Path:
    """Where the demo's stand-ins look at their start."""
    return settings().data_dir.parent / "standins"


def password(tenant: Tenant) -> str:
    """The password of everyone in the demo who can log in."""
    return f"{tenant.slug}-{_secret('log-in', 10).lower()}"


def _settings(tenant: Tenant, kind: str, key: str, ports: PortsLike) -> dict[str, str]:
    base = f"http://127.0.0.1:{ports.standins}"
    if (kind, key) == ("payments", "vnpay"):
        return {
            "tmn_code": f"{tenant.slug.upper():X<8}"[:8],
            "hash_secret": _secret("vnpay", 32),
            "gateway_url": f"{base}/vnpay/paymentv2/vpcpay.html",
            "api_url": f"{base}/vnpay/merchant_webapi/api/transaction",
        }
    if (kind, key) == ("payments", "stripe"):
        return {
            "secret_key": f"sk_test_{_secret(f'stripe key {tenant.slug}', 24)}",
            "webhook_secret": f"whsec_{_secret(f'stripe webhook {tenant.slug}', 32)}",
            "api_base": f"{base}/stripe",
        }
    if (kind, key) == ("payments", "manual"):
        return _BY_HAND
    if (kind, key) == ("meetings", "jitsi"):
        return {
            "base_url": f"{base}/jitsi",
            "app_id": tenant.slug,
            "app_secret": _secret("jitsi", 40),
            "audience": "jitsi",
        }
    return {"host": "127.0.0.1", "port": str(ports.smtp), "security": "none"}


def _as_wanted(found: extensions.Extension, given: Mapping[str, str]) -> bool:
    plain = {name: value for name, value in given.items() if name in found.settings}
    rest = set(given) - set(plain)
    same = all(found.settings[name] == value for name, value in plain.items())
    return found.is_on and same and rest <= found.secrets_set


def _account(key: str, given: Mapping[str, str], notice_url: str) -> list[dict[str, Any]]:
    """What the stand-in must know of this merchant."""
    names = {
        "vnpay": ("tmn_code", "hash_secret"),
        "stripe": ("secret_key", "webhook_secret"),
        "jitsi": ("app_id", "app_secret"),
    }.get(key)
    if names is None:
        return []
    return [
        {
            "gateway": key,
            "key": given[names[0]],
            "secret": given[names[1]],
            "notice_url": "" if key == "jitsi" else notice_url,
            "audience": given.get("audience", ""),
        }
    ]


def _tell_standins(accounts: Sequence[Mapping[str, Any]]) -> None:
    """Write the accounts where the stand-ins look at their start, beside the demo's data."""
    file = standins_folder() / "config.json"
    kept = json.loads(file.read_text(encoding="utf-8"))["accounts"] if file.exists() else []
    by_key = {(row["gateway"], row["key"]): row for row in [*kept, *accounts]}
    if list(by_key.values()) != kept:
        write_private(file, json.dumps({"accounts": list(by_key.values())}, indent=1))


def write_private(file: Path, content: str) -> None:
    """Write a file that only the demo's owner may read."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(content, encoding="utf-8")


def _secret(purpose: str, length: int) -> str:
    key = signing_keys(f"demo {purpose}")[0]
    return base64.b32encode(hashlib.sha256(key).digest()).decode().rstrip("=")[:length]
