from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cilis.infra import hosts, provisioning
from cilis.infra.tenancy import Tenant

MANIFEST = """\
slug = "{slug}"
name = "Lá Xanh"
languages = ["vi", "en"]
currency = "VND"
time_zone = "Asia/Ho_Chi_Minh"
country = "VN"
mail_from = "chao@laxanh.example"
pages = ["terms"]

[brand]
colour = "#0f6b57"

[legal]
company = "Công ty Lá Xanh"
address = "1 Đường Hoa"

[[cancellation]]
hours = 24
percent = 100

[texts]
home_title = {{ vi = "Chào", en = "Hello" }}

[[fields]]
slug = "garden"
names = {{ vi = "Vườn", en = "Garden" }}

[[fields.fields]]
slug = "roses"
names = {{ vi = "Hoa hồng", en = "Roses" }}

[[synonyms]]
words = ["vườn", "garden", "yard"]
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A small pack for the first test tenant."""
    return write_pack(tmp_path / "anbinh", "anbinh")


def write_pack(folder: Path, slug: str) -> Path:
    (folder / "pages").mkdir(parents=True)
    (folder / "brand").mkdir()
    (folder / "locale" / "vi").mkdir(parents=True)
    (folder / "tenant.toml").write_text(MANIFEST.format(slug=slug), encoding="utf-8")
    (folder / "brand" / "logo.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    for language, title in (("vi", "Điều khoản"), ("en", "Terms")):
        (folder / "pages" / f"terms.{language}.md").write_text(f"# {title}\n\nText.")
        (folder / "pages" / f"questions.{language}.md").write_text(
            f"## {title}?\nAnswer.\n\n## Second?\n**Yes.**"
        )
    (folder / "locale" / "vi" / "messages.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
        'msgid "Log in"\nmsgstr "Vào nhà"\n',
        encoding="utf-8",
    )
    return folder


@pytest.fixture
def fresh_slug(tenant: Tenant) -> Iterator[str]:
    """A short name that nobody has; what was made under it goes afterwards."""
    del tenant
    slug = "laxanh"
    yield slug
    with provisioning.owner() as connection:
        asked = "SELECT id FROM shared.tenants WHERE slug = %s"
        row = connection.execute(asked, (slug,)).fetchone()
        if row:
            connection.execute("DELETE FROM shared.hosts WHERE tenant_id = %s", row)
            connection.execute("DELETE FROM shared.tenants WHERE id = %s", row)
            connection.execute("UPDATE shared.routing_version SET version = version + 1")
    hosts.refresh()
