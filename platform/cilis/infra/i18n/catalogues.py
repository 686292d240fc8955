"""The catalogues of texts: read from beside the code they belong to, merged, looked up.

The order is core, plugins, tenant: a later one wins.
"""

from __future__ import annotations

import gettext as _gettext
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from cilis.infra.i18n.voice import LANGUAGES, current_language
from cilis.infra.tenancy import current_tenant, is_serving

_catalogues: dict[str, dict[str, str]] = {}
_plurals: dict[str, dict[tuple[str, int], str]] = {}
_tenant_texts: dict[tuple[str, str], dict[str, str]] = {}


def load_catalogues(folders: Iterable[Path]) -> None:
    """Merge the catalogues of these ``locale`` folders; a later one wins."""
    for folder in folders:
        for language in LANGUAGES:
            mo = folder / language / "LC_MESSAGES" / "messages.mo"
            po = mo.with_suffix(".po")
            if po.exists() and (not mo.exists() or mo.stat().st_mtime < po.stat().st_mtime):
                _merge_po(language, po)
            elif mo.exists():
                _merge_mo(language, mo)


def set_tenant_texts(tenant_id: str, language: str, texts: Mapping[str, str]) -> None:
    """Let a tenant's own wording win over the catalogues."""
    _tenant_texts[tenant_id, language] = dict(texts)


def forget_tenant_texts(tenant_id: str) -> None:
    """Give back what a tenant's own wording takes of memory."""
    for language in LANGUAGES:
        _tenant_texts.pop((tenant_id, language), None)


def compile_catalogues(folders: Iterable[Path]) -> int:
    """Write the .mo beside each .po that is newer; returns how many were written."""
    written = 0
    for folder in folders:
        for po in sorted(folder.glob("*/LC_MESSAGES/messages.po")):
            mo = po.with_suffix(".mo")
            if mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime:
                continue
            with po.open("rb") as source, mo.open("wb") as target:
                write_mo(target, read_po(source, locale=po.parents[1].name))
            written += 1
    return written


def look_up(msgid: str) -> str:
    """The text of a message id in the current language, in English, or the id itself."""
    language = current_language()
    if is_serving():
        own = _tenant_texts.get((current_tenant().id, language))
        if own and msgid in own:
            return own[msgid]
    return _catalogues.get(language, {}).get(msgid) or _catalogues.get("en", {}).get(msgid) or msgid


def look_up_english(msgid: str) -> str | None:
    """The English text of a message id, if there is one."""
    return _catalogues.get("en", {}).get(msgid)


def look_up_plural(msgid: str, form: int) -> str | None:
    """One form of a text that counts, in the current language."""
    return _plurals.get(current_language(), {}).get((msgid, form))


def _merge_mo(language: str, path: Path) -> None:
    with path.open("rb") as source:
        found: dict[Any, str] = _gettext.GNUTranslations(source)._catalog  # type: ignore[attr-defined]  # noqa: SLF001
    _merge(language, found.items())


def _merge_po(language: str, path: Path) -> None:
    with path.open("rb") as source:
        catalogue = read_po(source, locale=language)
    pairs: list[tuple[Any, str]] = []
    for message in catalogue:
        if not message.id or message.fuzzy:
            continue
        if isinstance(message.id, (tuple, list)):
            pairs += [
                ((message.id[0], place), text) for place, text in enumerate(message.string or ())
            ]
        else:
            pairs.append((message.id, str(message.string)))
    _merge(language, pairs)


def _merge(language: str, pairs: Iterable[tuple[Any, str]]) -> None:
    single, plural = _catalogues.setdefault(language, {}), _plurals.setdefault(language, {})
    for msgid, text in pairs:
        if not text or not msgid:
            continue
        if isinstance(msgid, tuple):
            plural[msgid[0], msgid[1]] = text
        else:
            single[msgid] = text
