"""Texts in the language of whoever reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cilis.infra.i18n.catalogues import look_up, look_up_english, look_up_plural
from cilis.infra.i18n.voice import current_language, fallback_language


def N_(msgid: str) -> str:  # noqa: N802 - the customary mark for extraction
    """Mark a text for translation where it is not yet shown."""
    return msgid


def gettext(msgid: str, **values: Any) -> str:
    """A text in the current language, "%(name)s" filled in; the text itself when unknown."""
    text = look_up(msgid)
    return text % values if values else text


def ngettext(one: str, many: str, n: int, **values: Any) -> str:
    """A text that counts; ``n`` is filled in as %(n)s."""
    index = 0 if n == 1 or current_language() == "vi" else 1
    text = look_up_plural(one, index) or (one if n == 1 else many)
    return text % {"n": n, **values}


def error_text(code: str, **values: Any) -> str:
    """The sentence for a refusal's or a field's code."""
    msgid = f"error.{code}"
    found = look_up(msgid)
    if found == msgid:
        found = look_up_english(msgid) or look_up("error.refused")
    try:
        return found % values if values else found
    except (KeyError, ValueError, TypeError):
        return found


def translated(by_language: Mapping[str, str] | None) -> str:
    """One of several translations: the current language, the tenant's first, any."""
    if not by_language:
        return ""
    for language in (current_language(), fallback_language(), *by_language):
        if by_language.get(language):
            return by_language[language]
    return ""
