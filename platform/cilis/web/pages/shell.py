"""What every page's frame needs: template words, the footer's links, the choice of language."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from flask import Blueprint, redirect, request
from markupsafe import Markup
from marshmallow import fields
from werkzeug import Response

from cilis.domains import content, identity
from cilis.infra.files import public_url
from cilis.infra.http import addresses
from cilis.infra.http.forms import load_form
from cilis.infra.http.policies import PUBLIC, policy
from cilis.infra.http.schemas import Strict
from cilis.infra.http.session import cookie_name, put_cookie
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_, current_language, current_zone, language_name, ngettext
from cilis.infra.realtime import socket_token
from cilis.kit import clock
from cilis.web.assets import asset, manifest
from cilis.web.views.linked_data import breadcrumbs
from cilis.web.visit import organization

pages = Blueprint("shell", __name__)

THEMES = ("light", "dark")
_YEAR = 60 * 60 * 24 * 365
_TONES = 4
_OWN_NAMES = {"vi": "Tiếng Việt", "en": "English", "de": "Deutsch"}
_FONT_FILES = {
    "be-vietnam-pro": ("be-vietnam-pro-{}-400-normal", "be-vietnam-pro-{}-600-normal"),
    "inter": ("inter-{}-wght-normal",),
    "source-serif-4": ("source-serif-4-{}-wght-normal",),
}


class LanguageForm(Strict):
    """The language somebody chose, and where they were."""

    language = fields.String(required=True)
    next = fields.String(load_default="/")


class ThemeForm(Strict):
    """Light, dark or what the device says, and where somebody was."""

    theme = fields.String(required=True)
    next = fields.String(load_default="/")


@pages.post("/language")
@policy(PUBLIC)
def choose_language() -> Response:
    """Speak this language from now on, here and wherever the person is signed in."""
    form = load_form(LanguageForm)
    response = redirect(addresses.own_path(form["next"]), 303)
    if form["language"] in organization().languages:
        put_cookie(response, "language", form["language"], _YEAR)
        if viewer().session_id is not None:
            identity.prefer(viewer(), language=form["language"])
    return response


@pages.post("/theme")
@policy(PUBLIC)
def choose_theme() -> Response:
    """Show this browser light or dark pages from now on, or again what the device says."""
    form = load_form(ThemeForm)
    response = redirect(addresses.own_path(form["next"]), 303)
    chosen = form["theme"] if form["theme"] in THEMES else ""
    put_cookie(response, "theme", chosen, _YEAR if chosen else 0)
    return response


def theme() -> str:
    """What this browser's owner chose: "light", "dark", or "" when the device decides."""
    found = request.cookies.get(cookie_name("theme"), "")
    return found if found in THEMES else ""


def minutes(length: timedelta) -> str:
    """A length as people say it: "45 minutes"."""
    return ngettext("%(n)s minute", "%(n)s minutes", round(length.total_seconds() / 60))


def initials(name: str) -> str:
    """One or two letters for somebody without a picture: first and last word, titles left out."""
    words = [word for word in name.split() if not word.endswith(".") and word[0].isalpha()]
    if not words:
        return name[:1].upper()
    chosen = (words[0], words[-1]) if len(words) > 1 else (words[0],)
    return "".join(unicodedata.normalize("NFC", word)[0] for word in chosen).upper()


def tone_of(name: str) -> int:
    """Which calm colour a name gets behind its initials; always the same one."""
    return sum(map(ord, name)) % _TONES + 1


def language_names(languages: Iterable[str]) -> str:
    """Languages in the reader's words: "Vietnamese, English"."""
    return ", ".join(language_name(language) for language in languages)


def own_name(language: str) -> str:
    """A language's name in itself, so that those who look for it can read it."""
    return _OWN_NAMES.get(language, language)


def live_token(rooms: Iterable[str]) -> str:
    """What this page shows to hear what happens to its viewer and to these rooms."""
    who = viewer()
    mine = [f"person:{who.person_id}"] if who.person_id else []
    if who.session_id:
        mine.append(f"session:{who.session_id}")
    wanted = [*mine, *rooms]
    if not wanted:
        return ""
    return socket_token(wanted, session=str(who.session_id or ""), roles=who.roles)


def socket_origin() -> str:
    """Where this page reaches the socket process."""
    return addresses.socket_origin(request.host.partition(":")[0])


def here() -> str:
    """The path and query of this very page."""
    query = request.query_string.decode("ascii", "replace")
    return request.path + (f"?{query}" if query else "")


def canonical(path: str = "", *, language: str = "") -> str:
    """The one absolute address of a page: in one language, or as the organization speaks first.

    The first language has no address of its own, so that no page is found at two.
    """
    return in_language(addresses.absolute(path or request.path), language)


def in_language(address: str, language: str) -> str:
    """The address of the same page in one of the organization's languages."""
    if language in {"", organization().default_language}:
        return address
    return f"{address}{'&' if '?' in address else '?'}lang={language}"


def asked_language() -> str:
    """The language that this page's own address asks for, if it is one of the organization's."""
    asked = request.args.get("lang", "")
    return asked if asked in organization().languages else ""


def brand_address() -> str:
    """Where the organization's style sheet is; it changes with the brand."""
    return f"/brand.{organization().version}.css"


def brand_icon() -> Markup:
    """A small picture with the organization's first letter, for tabs, when it has no own."""
    found = organization()
    colour = found.brand.get("colour") or "#2f5d7c"
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
        f'<rect width="32" height="32" rx="8" fill="{colour}"/><text x="16" y="22.5" fill="#fff" '
        'font-family="system-ui,sans-serif" font-weight="600" font-size="19" text-anchor="middle">'
        f"{Markup.escape(found.name[:1])}</text></svg>"
    )
    return Markup("data:image/svg+xml,{}").format(quote(svg))


def font_preloads() -> list[str]:
    """The font files that every text of this page needs first."""
    chosen = organization().brand.get("font_text") or "be-vietnam-pro"
    subsets = ("latin", "vietnamese") if current_language() == "vi" else ("latin",)
    names = [
        f"fonts/{form.format(subset)}.woff2"
        for subset in subsets
        for form in _FONT_FILES.get(chosen, ())
    ]
    return [asset(name) for name in names if name in manifest()]


def legal_pages() -> Sequence[content.PageLink]:
    """The footer's links, as the organization wants them now."""
    return content.frame().footer


def wording(key: str, otherwise: str = "") -> str:
    """The organization's own text of a key in the reader's language, or a general one."""
    found = organization()
    texts: Mapping[str, str] = found.texts.get(key) or {}
    return texts.get(current_language()) or texts.get(found.default_language) or otherwise


def zone_name() -> str:
    """The zone in which this page tells times: "Asia/Ho_Chi_Minh"."""
    return current_zone().key


def zone_cookie() -> str:
    """The cookie in which a browser says its zone; none for people whose account knows it."""
    return "" if viewer().is_signed_in else cookie_name("zone")


_WORDS: dict[str, Any] = {
    "N_": N_, "minutes": minutes, "initials": initials, "tone_of": tone_of,
    "language_names": language_names, "own_name": own_name, "live_token": live_token,
    "socket_origin": socket_origin, "here": here, "canonical": canonical,
    "asked_language": asked_language, "breadcrumbs": breadcrumbs,
    "brand_address": brand_address, "brand_icon": brand_icon, "font_preloads": font_preloads,
    "legal_pages": legal_pages, "wording": wording, "zone_name": zone_name,
    "zone_cookie": zone_cookie, "media": public_url, "now": clock.now, "theme": theme,
}  # fmt: skip
for _name, _word in _WORDS.items():
    pages.add_app_template_global(_word, _name)
