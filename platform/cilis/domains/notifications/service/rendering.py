"""A letter as HTML that mail programs understand, and as plain text that says the same.

One column, the organization's name and colour on top, the one fact in large type, one button.
Styles are written into the elements, since many programs drop style sheets; what is left of the
sheet are only the rules for small and for dark screens.
"""

from __future__ import annotations

import functools
import textwrap
from collections.abc import Mapping

import css_inline
import jinja2

from cilis.domains import tenants
from cilis.domains.notifications.types import Letter
from cilis.infra.files import public_url
from cilis.infra.http.addresses import absolute
from cilis.infra.i18n import gettext
from cilis.kit import colour

_WIDTH = 68
_DEFAULT_COLOUR = "#2f5d7c"
_GROUNDS: Mapping[str, Mapping[str, str]] = {
    "warm": {"ground": "#f3f1eb", "ink": "#1d2320", "dim": "#48514d", "line": "#e5e2da"},
    "cool": {"ground": "#eff1f5", "ink": "#14172a", "dim": "#454a60", "line": "#e0e3ea"},
    "plain": {"ground": "#f2f2f2", "ink": "#1c1c1c", "dim": "#4a4a4a", "line": "#e3e3e3"},
}
_FONTS: Mapping[str, str] = {
    "be-vietnam-pro": "'Be Vietnam Pro','Segoe UI',Roboto,Arial,sans-serif",
    "inter": "Inter,'Segoe UI',Roboto,Arial,sans-serif",
    "source-serif-4": "'Source Serif 4',Georgia,'Times New Roman',serif",
}


def html(letter: Letter, reader: str, organization: tenants.Organization, language: str) -> str:
    """The letter as a whole HTML document with its styles written in."""
    brand = organization.brand
    neutral = brand.get("neutral") or "plain"
    chosen = brand.get("colour") or _DEFAULT_COLOUR
    page = (
        _templates()
        .get_template("letter.html")
        .render(
            letter=letter,
            reader=reader,
            organization=organization,
            logo=_logo(brand),
            language=language,
            ground=_GROUNDS.get(neutral, _GROUNDS["plain"]),
            light=colour.light_scheme(chosen, neutral),
            dark=colour.dark_scheme(chosen, neutral),
            font=_FONTS.get(brand.get("font_text") or "", _FONTS["inter"]),
            title_font=_FONTS.get(brand.get("font_display") or "", _FONTS["inter"]),
        )
    )
    return _inliner().inline(page)


def _logo(brand: Mapping[str, str]) -> str:
    """Where mail programs find the logo as PNG, which all of them show; "" when there is none."""
    key = brand.get("logo_png_key")
    return absolute(public_url(key)) if key else ""


def text(letter: Letter, reader: str, organization: tenants.Organization) -> str:
    """The letter as plain text: the same facts in the same order."""
    page = (
        _templates()
        .get_template("letter.txt")
        .render(
            letter=letter,
            reader=reader,
            organization=organization,
            label_width=max((len(line.label) for line in letter.lines), default=0),
            value_width=max((len(line.value) for line in letter.lines), default=0),
        )
    )
    return "\n".join(line.rstrip() for line in page.strip().splitlines()) + "\n"


def _wrapped(words: str, indent: str = "") -> str:
    """Words in short lines; an address is never broken."""
    return "\n".join(
        textwrap.fill(
            part,
            _WIDTH,
            initial_indent=indent,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for part in words.splitlines()
    )


@functools.cache
def _templates() -> jinja2.Environment:
    found = jinja2.Environment(
        loader=jinja2.PackageLoader("cilis.domains.notifications", "templates/notifications"),
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals["_"] = gettext
    found.filters["wrapped"] = _wrapped
    return found


@functools.cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
