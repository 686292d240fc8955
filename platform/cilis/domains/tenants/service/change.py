"""An admin changes the organization's brand: its words at once, its pictures one by one."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from email.errors import HeaderParseError
from email.headerregistry import Address

from sqlalchemy.orm import Session

from cilis.domains.tenants import queries
from cilis.domains.tenants.models import OrganizationRow
from cilis.domains.tenants.service.pictures import clean_png, clean_svg
from cilis.domains.tenants.service.save import save_organization
from cilis.domains.tenants.types import BrandWish, Organization
from cilis.infra import audit, files, i18n
from cilis.infra.db import transaction
from cilis.kit import colour, text
from cilis.kit.errors import InvalidInput, NotFound
from cilis.kit.viewer import Viewer

FONTS = ("be-vietnam-pro", "inter", "source-serif-4")
NEUTRALS = ("warm", "cool", "plain")
LEGAL = ("company", "address", "registration", "tax_id", "email", "phone")
PICTURES: Mapping[str, str] = {"logo": "logo_svg_key", "icon": "icon_key"}
_LOGO_PNG = "logo_png_key"
_TAX_ID = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -./")
"""What tax numbers are written with; it stands on every invoice."""


def change_brand(wish: BrandWish, viewer: Viewer) -> Organization:
    """Make name, colours, fonts, languages and legal texts these; pictures stay.

    Raises:
        InvalidInput: a value that cannot be used; a colour without a readable form.
    """
    legal = _checked(wish)
    with transaction() as session:
        known = locked(session)
        wanted = dataclasses.replace(
            known,
            name=text.one_line(wish.name),
            languages=tuple(wish.languages),
            default_language=wish.default_language,
            brand={
                **known.brand, "colour": wish.colour, "neutral": wish.neutral,
                "font_text": wish.font_text, "font_display": wish.font_display,
            },
            legal=legal,
        )  # fmt: skip
        return _saved(session, known, wanted, viewer)


def change_picture(kind: str, svg: bytes, png: bytes | None, viewer: Viewer) -> Organization:
    """Take another logo or icon (SVG), and for mails the logo as PNG.

    Mail programs show no SVG; without a PNG they get the name's first letter in the brand's
    colour.

    Raises:
        NotFound: there is no such picture.
        InvalidInput: not a drawing, or not a picture.
    """
    if kind not in PICTURES:
        raise NotFound(f"no picture {kind}")
    keys = {PICTURES[kind]: files.save_public(clean_svg(svg, kind), "image/svg+xml")}
    if kind == "logo":
        keys[_LOGO_PNG] = files.save_public(clean_png(png, "png"), "image/png") if png else ""
    return _with_keys(keys, viewer)


def remove_picture(kind: str, viewer: Viewer) -> Organization:
    """Show the name's first letter instead of a picture; raises NotFound for an unknown kind."""
    if kind not in PICTURES:
        raise NotFound(f"no picture {kind}")
    keys = {PICTURES[kind]: ""}
    if kind == "logo":
        keys[_LOGO_PNG] = ""
    return _with_keys(keys, viewer)


def _with_keys(keys: Mapping[str, str], viewer: Viewer) -> Organization:
    with transaction() as session:
        known = locked(session)
        brand = {name: key for name, key in {**known.brand, **keys}.items() if key}
        return _saved(session, known, dataclasses.replace(known, brand=brand), viewer)


def locked(session: Session) -> Organization:
    """The organization, locked until the transaction ends; raises NotFound."""
    row = session.get(OrganizationRow, queries.ROW, with_for_update=True)
    if row is None:
        raise NotFound("the organization was never set up")
    return queries.from_row(row)


def _saved(
    session: Session, known: Organization, wanted: Organization, viewer: Viewer
) -> Organization:
    if not save_organization(session, wanted):
        return known
    names = ("name", "languages", "default_language", "brand", "legal")
    changed = [name for name in names if getattr(known, name) != getattr(wanted, name)]
    audit.record(
        session, "tenants.brand_changed", None, actor=viewer.person_id, detail={"changed": changed}
    )
    session.flush()
    return queries.from_row(session.get_one(OrganizationRow, queries.ROW))


def _checked(wish: BrandWish) -> dict[str, str]:
    """The legal texts as they are kept; raises InvalidInput for all that is wrong."""
    wrong: dict[str, list[str]] = {}
    name = text.one_line(wish.name)
    if not 1 <= len(name) <= 80 or not text.is_clean(name):
        wrong["name"] = ["required" if not name else "too_long"]
    strange = set(wish.languages) - set(i18n.LANGUAGES)
    if not wish.languages or strange or len(set(wish.languages)) != len(wish.languages):
        wrong["languages"] = ["not_a_choice" if strange else "required"]
    elif wish.default_language not in wish.languages:
        wrong["default_language"] = ["not_a_choice"]
    wrong |= _look(wish)
    legal = {key: text.nfc(value).strip() for key, value in wish.legal.items() if value.strip()}
    wrong |= _wrong_in(legal)
    if wrong:
        raise InvalidInput(wrong)
    return legal


def _wrong_in(legal: Mapping[str, str]) -> dict[str, list[str]]:
    wrong: dict[str, list[str]] = {}
    for key, value in legal.items():
        if key not in LEGAL or len(value) > 300 or not text.is_clean(value):
            wrong[f"legal.{key}"] = ["too_long" if len(value) > 300 else "unclean_text"]
    if "email" in legal and not _is_mailbox(legal["email"]):
        wrong["legal.email"] = ["email_invalid"]
    if set(legal.get("tax_id", "").upper()) - _TAX_ID:
        wrong["legal.tax_id"] = ["not_a_tax_id"]
    if not legal.get("company"):
        wrong["legal.company"] = ["required"]
    return wrong


def _is_mailbox(address: str) -> bool:
    """Whether mails can name it as the address that answers go to."""
    try:
        parsed = Address(addr_spec=address)
    except (ValueError, IndexError, HeaderParseError):
        return False
    return bool(parsed.username) and "." in parsed.domain and address.isascii()


def _look(wish: BrandWish) -> dict[str, list[str]]:
    chosen = {"neutral": (wish.neutral, NEUTRALS), "font_text": (wish.font_text, FONTS),
              "font_display": (wish.font_display, FONTS)}  # fmt: skip
    wrong = {
        name: ["not_a_choice"] for name, (value, known) in chosen.items() if value not in known
    }
    if wrong:
        return wrong
    try:
        colour.check({"colour": wish.colour, "neutral": wish.neutral})
    except colour.ColourRefused:
        return {"colour": ["unreadable_colour"]}
    return {}
