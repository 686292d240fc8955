"""The list of pages of a large organization. ``CROWD=1000000`` for the whole."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from flask import Flask

from cilis.infra import hosts, provisioning
from cilis.infra.tenancy import Tenant, serving
from cilis.kit import ids
from cilis.testing import house as houses
from cilis.testing.fixtures import browser_on
from cilis.testing.scene import open_scene

CROWD = int(os.environ.get("CROWD", "30000"))  # noqa: TID251 - the size of this proof
LONGEST = 1.5  # seconds; a page's statement may take two
ALLOWED_ADDRESSES, ALLOWED_BYTES = 50_000, 50_000_000
COLUMNS = (
    "id, person_id, slug, name, name_folded, sort_key, honorific, headline, biography, languages,"
    " country, time_zone, experience, education, state, rating_sum, rating_count, version,"
    " created_at"
)


@pytest.fixture(scope="module")
def crowd(house: houses.House, process: Flask) -> Iterator[Tenant]:
    del process
    hosts.refresh()
    tenant = hosts.by_slug(house.tenants[0].slug)
    with serving(tenant):
        open_scene()
    now = datetime.now(UTC)  # noqa: TID251 - the time of a row
    with provisioning.standing_owner() as connection:
        with connection.cursor().copy(
            f"COPY {tenant.schema}.experts ({COLUMNS}) FROM STDIN"
        ) as into:
            for number in range(CROWD):
                name = f"Somebody {number}"
                state = "published" if number % 50 else "draft"
                into.write_row((
                    ids.new(), ids.new(), f"somebody-{number}", name, name.lower(), name.lower(),
                    "", "{}", "{}", ["en"], "VN", "UTC", "[]", "[]", state, 0, 0, 1, now,
                ))  # fmt: skip
        connection.execute(f"VACUUM ANALYZE {tenant.schema}.experts")
    yield tenant
    houses.empty(tenant)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_long_list_of_pages_is_made_in_time(app: Flask, crowd: Tenant) -> None:
    browser = browser_on(app, crowd)

    def read(path: str) -> tuple[str, float]:
        begun = time.perf_counter()
        text = browser.get(path).text
        return text, time.perf_counter() - begun

    browser.get("/robots.txt")
    index, first = read("/sitemap.xml")
    parts = [urlsplit(one).path for one in re.findall(r"<loc>([^<]+)</loc>", index)]
    told = [f"{CROWD} experts: index {first:.3f} s, again {read('/sitemap.xml')[1]:.3f} s"]
    found: set[str] = set()
    for path in (parts[1], parts[len(parts) // 2], parts[-1]):
        text, took = read(path)
        addresses = re.findall(r"<loc>([^<]+)</loc>", text)
        told.append(f"{len(addresses)} addresses, {len(text) / 1e6:.1f} MB: {took:.3f} s")
        assert len(addresses) <= ALLOWED_ADDRESSES
        assert len(text.encode()) <= ALLOWED_BYTES
        assert took <= LONGEST, told
        assert found.isdisjoint(addresses)
        found.update(addresses)
    print("\n".join(told))  # noqa: T201 - what a proof says
    published = CROWD - -(-CROWD // 50) + 1  # and the expert of the scene
    assert len(parts) == 1 + -(-published // 5_000)
    assert first <= LONGEST, told
