"""Makes and swaps whole indices of Elasticsearch. Administration: nothing here can search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cilis.infra.search.connection import WRITING_SECONDS, alias, answered, connection
from cilis.infra.search.errors import NotBuilt
from cilis.infra.tenancy import Tenant
from cilis.kit import guard, ids


def version() -> str:
    """The server's version."""
    return str(_ask("GET", "/")["version"]["number"])


def is_built(kind: str, tenant: Tenant | None = None) -> bool:
    """Whether an index answers for this tenant, or for those that share one."""
    return _behind(alias(kind, tenant)) is not None


def begin(kind: str, tenant: Tenant | None, mapping: Mapping[str, Any]) -> tuple[str, bool]:
    """An index to be filled beside the one that answers; and whether it was begun before.

    One that was begun with another mapping is dropped.
    """
    name, building = alias(kind, tenant), f"{alias(kind, tenant)}-building"
    found = _behind(building)
    if found is not None:
        begun = _ask("GET", f"/{found}/_mapping")[found]["mappings"]
        if begun.get("_meta") == mapping.get("_meta"):
            return found, True
        drop(found)
    made = f"{name}-{ids.new().hex}"
    body = {
        "aliases": {building: {}},
        "mappings": mapping,
        "settings": {
            "number_of_shards": connection().shards if tenant is None else 1,
            "auto_expand_replicas": "0-1",
            "refresh_interval": "1s",
        },
    }
    _ask("PUT", f"/{made}", body)
    return made, False


def finish(kind: str, tenant: Tenant | None, index: str) -> None:
    """Let the filled index answer from now on, in one step; the one before is dropped."""
    name = alias(kind, tenant)
    before = _behind(name)
    actions: list[dict[str, Any]] = [
        {"remove": {"index": index, "alias": f"{name}-building"}},
        {"add": {"index": index, "alias": name}},
    ]
    if before is not None:
        actions.append({"remove": {"index": before, "alias": name}})
    _ask("POST", "/_aliases", {"actions": actions})
    if before is not None:
        drop(before)


def drop(index: str) -> None:
    """Forget one index."""
    _ask("DELETE", f"/{index}")


def drop_everything() -> None:
    """Forget every index of this installation; for tests and for leaving Elasticsearch."""
    prefix = connection().prefix
    for name in _ask("GET", f"/{prefix}-*/_alias"):
        drop(name)


def _behind(name: str) -> str | None:
    """The index behind an alias."""
    try:
        return next(iter(_ask("GET", f"/_alias/{name}")), None)
    except NotBuilt:
        return None


def _ask(method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
    guard.refuse_inside_transaction("a search")
    headers = {"accept": "application/json"}
    if body is not None:
        headers["content-type"] = "application/json"
    client = connection().client.options(request_timeout=WRITING_SECONDS)
    found: dict[str, Any] = answered(
        lambda: client.perform_request(method, path, headers=headers, body=body).body
    )
    return found
