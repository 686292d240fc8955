"""Making an organization's schema, and claiming a ready one, against one bare script."""

from __future__ import annotations

import secrets

from cilis.infra import provisioning
from cilis.infra.schema_script import tenant_script
from loadtests.ratios.measure import Ratio, compare, seconds
from loadtests.ratios.stage import stage


def _bare() -> None:
    name = f"bare_{secrets.token_hex(4)}"
    with provisioning.owner() as connection, connection.transaction():
        provisioning.run(connection, f"CREATE SCHEMA {name}; SET LOCAL search_path TO {name}, ext")
        provisioning.run(connection, tenant_script())


def _create() -> None:
    slug = f"made-{secrets.token_hex(4)}"
    provisioning.claim(slug, [f"{slug}.localhost"])


def measure() -> list[Ratio]:
    """Without the pool, and from the pool."""
    with stage():
        made = compare(
            "tenant_creation", 1.3, "lower", "s", lambda: seconds(_create), lambda: seconds(_bare)
        )

        def claim_ready() -> float:
            provisioning.fill_pool(1)
            return seconds(_create)

        claimed = compare("tenant_claim", 0.05, "lower", "s", claim_ready, lambda: seconds(_bare))
    return [made, claimed]
