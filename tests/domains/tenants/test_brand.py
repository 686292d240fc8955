"""The brand as an admin changes it: readable, harmless, seen at once."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from PIL import Image

from cilis.domains import tenants
from cilis.domains.notifications.service import rendering
from cilis.domains.notifications.types import Letter
from cilis.domains.tenants import service
from cilis.domains.tenants.service.pictures import clean_svg
from cilis.domains.tenants.types import BrandWish
from cilis.infra import files
from cilis.infra.db import reading
from cilis.infra.tenancy import Tenant
from cilis.kit.errors import InvalidInput
from cilis.testing.fixtures import Browser, browser_on
from cilis.testing.scene import PASSWORD, Scene, open_scene

DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8v8H0z"/></svg>'
FORM = {
    "name": "Haus Blau", "colour": "#224488", "neutral": "cool", "font_text": "inter",
    "font_display": "source-serif-4", "speaks.vi": "1", "speaks.en": "1",
    "default_language": "vi", "legal.company": "Blau GmbH", "legal.address": "Am Markt 1",
}  # fmt: skip


@pytest.fixture
def scene(tenant: Tenant) -> Scene:
    del tenant
    return open_scene()


@pytest.fixture
def admin(app: Flask, scene: Scene) -> Browser:
    made = browser_on(app, scene.tenant)
    made.submit("/log-in", email=scene.emails["admin"], password=PASSWORD)
    return made


def wish(**more: Any) -> BrandWish:
    values: dict[str, Any] = {
        "name": "Haus Blau", "colour": "#224488", "neutral": "cool", "font_text": "inter",
        "font_display": "inter", "languages": ["vi", "en"], "default_language": "vi",
        "legal": {"company": "Blau GmbH"},
    }  # fmt: skip
    return BrandWish(**{**values, **more})


def png(size: int = 64) -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (size, size), "#224488").save(out, "PNG")
    return out.getvalue()


def organization() -> tenants.Organization:
    with reading() as session:
        return tenants.organization(session)


def test_a_change_is_seen_at_once(admin: Browser) -> None:
    assert admin.get("/admin/brand").status_code == 200
    before = organization().version
    assert admin.submit("/admin/brand", **FORM).status_code == 303
    page = admin.get("/")
    assert "Haus Blau" in page.text
    assert "Blau GmbH · Am Markt 1" in page.text
    assert f"/brand.{before + 1}.css" in page.text
    sheet = admin.get(f"/brand.{before + 1}.css")
    assert "#224488" in sheet.text
    assert "immutable" in sheet.headers["Cache-Control"]


def test_what_was_refused_is_named_and_kept_in_the_form(admin: Browser) -> None:
    refused = admin.submit("/admin/brand", **{**FORM, "colour": "red", "default_language": "de"})
    assert refused.status_code == 422
    assert "Haus Blau" in refused.text
    assert organization().name == "Alpha House"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"languages": []}, "languages"),
        ({"languages": ["vi", "xx"]}, "languages"),
        ({"languages": ["vi"], "default_language": "en"}, "default_language"),
        ({"colour": "url(x)"}, "colour"),
        ({"neutral": "pink"}, "neutral"),
        ({"font_text": "comic"}, "font_text"),
        ({"legal": {}}, "legal.company"),
        ({"legal": {"company": "x", "colour": "y"}}, "legal.colour"),
        ({"legal": {"company": "x", "email": "call us"}}, "legal.email"),
    ],
)
def test_what_cannot_be_used_is_refused(scene: Scene, more: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        service.change_brand(wish(**more), scene.viewer("admin"))
    assert field in refusal.value.fields


class TestPictures:
    def test_a_drawing_loses_all_that_acts_or_loads(self) -> None:
        nasty = (
            b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
            b' viewBox="0 0 8 8" onload="x()"><script>x()</script><style>a{}</style>'
            b'<image href="https://x/y.png"/><foreignObject/><a href="https://x"><path d="M0 0"/></a>'
            b'<path d="M0 0h8" fill="url(https://x)" style="fill:red" onclick="x()"/>'
            b'<path d="M1 1" fill="u\\72l(https://x/y.svg#a)"/>'
            b'<use xlink:href="https://x#a"/><use xlink:href="#a"/><!-- x -->'
            b'<rect width="4" height="4" fill="url(#g)"/></svg>'
        )
        cleaned = clean_svg(nasty, "logo").decode()
        for word in ("script", "style", "onload", "onclick", "https:", "image", "foreign", "<a"):
            assert word not in cleaned.replace("http://www.w3.org", ""), word
        assert 'd="M0 0h8"' in cleaned
        assert "url(#g)" in cleaned

    @pytest.mark.parametrize(
        "content",
        [
            b"", b"<html/>", b"<svg/>", b"not xml", DRAWING + b" " * 70_000,
            b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><script/></svg>',
            b'<!DOCTYPE svg [<!ENTITY a "x">]>' + DRAWING,
            ('<!DOCTYPE svg [<!ENTITY a "x">]>' + DRAWING.decode()).encode("utf-16"),
        ],
    )  # fmt: skip
    def test_what_is_no_drawing_is_refused(self, content: bytes) -> None:
        with pytest.raises(InvalidInput):
            clean_svg(content, "logo")

    def test_a_logo_reaches_pages_and_mails(self, scene: Scene, admin: Browser) -> None:
        sent = {"svg": (io.BytesIO(DRAWING), "l.svg"), "png": (io.BytesIO(png()), "l.png")}
        assert admin.submit("/admin/brand/pictures/logo", **sent).status_code == 303
        found = organization()
        assert files.read_public(found.brand["logo_svg_key"]).startswith(b"<svg")
        assert "logo-mark" in admin.get("/").text
        with reading() as session:
            assert found.brand["logo_svg_key"] in tenants.brand_css(session)
        mail = rendering.html(Letter(subject="s", opening="o", fact=["f"]), "Hoa", found, "vi")
        address = f'src="http://{scene.tenant.host}/media/{found.brand["logo_png_key"]}"'
        assert address in mail
        picture = admin.get(f"/media/{found.brand['logo_png_key']}")
        assert picture.mimetype == "image/png"
        # a mail is read on another site, which must be allowed to show it
        assert picture.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert admin.submit("/admin/brand/pictures/logo/removal").status_code == 303
        assert "logo-letter" in admin.get("/").text
        bare = rendering.html(
            Letter(subject="s", opening="o", fact=["f"]), "Hoa", organization(), "vi"
        )
        assert "<img" not in bare

    def test_unknown_kinds_are_not_found(self, admin: Browser) -> None:
        sent = {"svg": (io.BytesIO(DRAWING), "l.svg")}
        assert admin.submit("/admin/brand/pictures/banner", **sent).status_code == 404


def test_by_program(scene: Scene, app: Flask) -> None:
    browser = browser_on(app, scene.tenant)
    call: Callable[..., Any] = browser.open
    answer = browser.post(
        "/api/v1/sessions", json={"email": scene.emails["admin"], "password": PASSWORD}
    )
    headers = {"Authorization": f"Bearer {answer.get_json()['access_token']}"}
    path = "/api/v1/organization/brand"
    body = call(path, method="GET", headers=headers).get_json()
    for name in ("logo", "mail_logo", "icon"):
        body.pop(name)
    body |= {"name": "Haus Blau", "colour": "#224488", "legal": {"company": "Blau GmbH"}}
    changed = call(path, method="PUT", json=body, headers=headers)
    assert changed.status_code == 200
    assert changed.get_json()["colour"] == "#224488"
    picture = {"svg": DRAWING.decode(), "png": base64.b64encode(png()).decode()}
    place = "/api/v1/organization/pictures/logo"
    shown = call(place, method="PUT", json=picture, headers=headers).get_json()
    assert shown["mail_logo"].endswith(".png")
    wrong = call(place, method="PUT", json={"svg": "<svg/>"}, headers=headers)
    assert wrong.status_code == 422
    assert call(place, method="DELETE", headers=headers).get_json()["logo"] == ""
    assert call(path, method="PUT", json=body).status_code == 401
