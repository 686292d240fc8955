"""The organization's style sheet, and /admin/brand, where admins change it."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from cilis.domains.tenants import queries, service
from cilis.domains.tenants.service.change import FONTS, LEGAL, NEUTRALS
from cilis.domains.tenants.types import BrandWish, Organization
from cilis.infra.db import reading
from cilis.infra.http.notices import notice
from cilis.infra.http.policies import PUBLIC, policy
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import LANGUAGES, N_, gettext, language_name
from cilis.kit import colour
from cilis.kit.errors import InvalidInput

pages = Blueprint("tenant_pages", __name__, template_folder="templates")
_FONTS = {
    "be-vietnam-pro": "Be Vietnam Pro",
    "inter": "Inter",
    "source-serif-4": "Source Serif 4",
}
_NEUTRALS = {"warm": N_("Warm"), "cool": N_("Cool"), "plain": N_("Neutral")}
_LEGAL = {
    "company": N_("Company"), "address": N_("Address"), "registration": N_("Register entry"),
    "tax_id": N_("Tax number"), "email": N_("E-mail for clients"), "phone": N_("Telephone"),
}  # fmt: skip


@pages.get("/brand.<int:version>.css")
@policy(PUBLIC)
def brand(version: int) -> Response:
    """The brand as CSS; the address changes with the brand, so browsers may keep it for ever."""
    with reading() as session:
        current = queries.organization(session).version
        if version != current:  # an admin changed it a moment ago, perhaps in another process
            queries.forget_organizations()
            current = queries.organization(session).version
        css = service.brand_css(session)
    answer = Response(css, mimetype="text/css")
    fresh = "public, max-age=31536000, immutable" if version == current else "no-store"
    answer.headers["Cache-Control"] = fresh
    return answer


@pages.get("/admin/brand")
@policy("admin")
def show_brand() -> str:
    """How the organization is called and looks."""
    return _form({}, None)


@pages.post("/admin/brand")
@policy("admin")
def save_brand() -> AnyResponse | tuple[str, int]:
    """Keep name, colours, fonts, languages and legal texts."""
    wish = _wish()
    try:
        service.change_brand(wish, viewer())
    except InvalidInput as refusal:
        return _form(refusal.fields, wish), 422
    notice(N_("Saved. Pages and mails look like this from now on."))
    return redirect(url_for(".show_brand"), 303)


@pages.post("/admin/brand/pictures/<string:kind>")
@policy("admin")
def save_picture(kind: str) -> AnyResponse | tuple[str, int]:
    """Take another logo or icon."""
    svg, png = request.files.get("svg"), request.files.get("png")
    drawn = png.read() if png else b""
    try:
        service.change_picture(kind, svg.read() if svg else b"", drawn or None, viewer())
    except InvalidInput as refusal:
        return _form(refusal.fields, None), 422
    notice(N_("The picture is saved."))
    return redirect(url_for(".show_brand"), 303)


@pages.post("/admin/brand/pictures/<string:kind>/removal")
@policy("admin")
def remove_picture(kind: str) -> AnyResponse:
    """The name's first letter instead."""
    service.remove_picture(kind, viewer())
    notice(N_("The picture is removed."))
    return redirect(url_for(".show_brand"), 303)


def _wish() -> BrandWish:
    form = request.form
    return BrandWish(
        name=form.get("name", ""),
        colour=form.get("colour", "").strip().lower(),
        neutral=form.get("neutral", ""),
        font_text=form.get("font_text", ""),
        font_display=form.get("font_display", ""),
        languages=[one for one in LANGUAGES if form.get(f"speaks.{one}") == "1"],
        default_language=form.get("default_language", ""),
        legal={key: form.get(f"legal.{key}", "") for key in LEGAL},
    )


def _form(errors: Mapping[str, list[str]], wish: BrandWish | None) -> str:
    with reading() as session:
        found = queries.organization(session)
    return render_template(
        "tenants/brand.html",
        brand=wish or _as_wish(found),
        pictures=found.brand,
        errors=errors,
        contrasts=_contrasts(found),
        fonts=[(font, _FONTS[font]) for font in FONTS],
        neutrals=[(one, gettext(_NEUTRALS[one])) for one in NEUTRALS],
        legal=[(key, gettext(_LEGAL[key])) for key in LEGAL],
        languages=[(one, language_name(one)) for one in LANGUAGES],
    )


def _as_wish(found: Organization) -> BrandWish:
    return BrandWish(
        name=found.name,
        colour=found.brand.get("colour") or "#2f5d7c",
        neutral=found.brand.get("neutral") or "plain",
        font_text=found.brand.get("font_text") or "inter",
        font_display=found.brand.get("font_display") or "inter",
        languages=found.languages,
        default_language=found.default_language,
        legal=found.legal,
    )


def _contrasts(found: Organization) -> list[tuple[str, float]]:
    """How well the colours that pages use can be read; 4.5 is what the law asks for."""
    brand = _as_wish(found)
    light = colour.light_scheme(brand.colour, brand.neutral)
    dark = colour.dark_scheme(brand.colour, brand.neutral)
    return [
        (gettext("Words on buttons"), colour.contrast(light.brand, light.ink)),
        (gettext("Links on pages"), colour.contrast(light.text, light.soft)),
        (gettext("Words on buttons, dark"), colour.contrast(dark.brand, dark.ink)),
        (gettext("Links on pages, dark"), colour.contrast(dark.text, dark.soft)),
    ]
