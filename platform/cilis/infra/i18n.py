"""Texts, dates, times and money in the language and zone of whoever reads them.

Works without a request: `speaking` sets both for a block. Catalogues lie beside the code they
belong to and are merged in the order core, plugins, tenant.
"""

from __future__ import annotations

import gettext as _gettext
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers
from babel.core import get_global
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from cilis.infra.tenancy import current_tenant, is_serving
from cilis.kit import clock
from cilis.kit.money import Money, decimals

LANGUAGES = ("vi", "en", "de")
_language: ContextVar[str] = ContextVar("language", default="en")
_fallback: ContextVar[str] = ContextVar("fallback_language", default="en")
_zone: ContextVar[ZoneInfo | None] = ContextVar("zone", default=None)
_UTC = ZoneInfo("UTC")
_catalogues: dict[str, dict[str, str]] = {}
_plurals: dict[str, dict[tuple[str, int], str]] = {}
_tenant_texts: dict[tuple[str, str], dict[str, str]] = {}


@contextmanager
def speaking(language: str, zone: str = "UTC", *, fallback: str = "en") -> Iterator[None]:
    """Speak this language and tell time in this zone (an IANA name) inside the block."""
    tokens = _language.set(language), _fallback.set(fallback), _zone.set(known_zone(zone))
    try:
        yield
    finally:
        _language.reset(tokens[0])
        _fallback.reset(tokens[1])
        _zone.reset(tokens[2])


def known_zone(name: str) -> ZoneInfo:
    """The zone of an IANA name, UTC when there is none of this name."""
    try:
        return ZoneInfo(name)
    except (ValueError, KeyError, OSError):
        return _UTC


def is_zone(name: str) -> bool:
    """Whether this is an IANA zone's name."""
    return bool(name) and (name == "UTC" or known_zone(name) is not _UTC)


def current_language() -> str:
    """The language that is spoken here: "vi", "en", "de"."""
    return _language.get()


def current_zone() -> ZoneInfo:
    """The zone in which times are told here."""
    return _zone.get() or _UTC


def N_(msgid: str) -> str:  # noqa: N802 - the customary mark for extraction
    """Mark a text for translation where it is not yet shown."""
    return msgid


def gettext(msgid: str, **values: Any) -> str:
    """A text in the current language, "%(name)s" filled in; the text itself when unknown."""
    text = _look_up(msgid)
    return text % values if values else text


def ngettext(one: str, many: str, n: int, **values: Any) -> str:
    """A text that counts; ``n`` is filled in as %(n)s."""
    language = current_language()
    index = 0 if n == 1 or language == "vi" else 1
    text = _plurals.get(language, {}).get((one, index)) or (one if n == 1 else many)
    return text % {"n": n, **values}


def error_text(code: str, **values: Any) -> str:
    """The sentence for a refusal's or a field's code."""
    msgid = f"error.{code}"
    found = _look_up(msgid)
    if found == msgid:
        found = _catalogues.get("en", {}).get(msgid) or _look_up("error.refused")
    try:
        return found % values if values else found
    except (KeyError, ValueError, TypeError):
        return found


def translated(by_language: Mapping[str, str] | None) -> str:
    """One of several translations: the current language, the tenant's first, any."""
    if not by_language:
        return ""
    for language in (_language.get(), _fallback.get(), *by_language):
        if by_language.get(language):
            return by_language[language]
    return ""


def format_money(amount: Money) -> str:
    """An amount as people write it: 550.000 ₫, €240.00."""
    value = Decimal(amount.minor).scaleb(-decimals(amount.currency))
    return numbers.format_currency(value, amount.currency, locale=_locale())


def format_number(value: float, digits: int = 0) -> str:
    """A number with the language's separators and so many decimals."""
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return numbers.format_decimal(value, format=pattern, locale=_locale())


def local(instant: datetime) -> datetime:
    """An instant on the reader's wall clock."""
    return instant.astimezone(current_zone())


def format_date(when: datetime | date, form: str = "long") -> str:
    """A day: "long" (Thứ Ba, 24/11/2026), "short", "day" (24/11), "weekday", "month"."""
    day = local(when).date() if isinstance(when, datetime) else when
    patterns = _DATES.get(current_language(), _DATES["en"])
    text = dates.format_date(day, format=patterns[form], locale=_locale())
    return text[:1].upper() + text[1:] if form in {"long", "weekday", "month"} else text


def format_time(when: datetime) -> str:
    """The time of day, 24 hours: 19:30."""
    return local(when).strftime("%H:%M")


def format_datetime(when: datetime) -> str:
    """Day and time: Thứ Ba, 24/11/2026, 19:30."""
    return f"{format_date(when)}, {format_time(when)}"


def format_day_short(when: datetime | date) -> str:
    """A day on a small button: "Hôm nay", "Ngày mai", "T3 24/11", "Tue 24 Nov"."""
    day = local(when).date() if isinstance(when, datetime) else when
    today = local(clock.now()).date()
    if day == today:
        return gettext("Today")
    if day == today + timedelta(days=1):
        return gettext("Tomorrow")
    return f"{short_weekday(day)} {format_date(day, 'day')}"


def short_weekday(day: date) -> str:
    """The short name of a weekday: T3, Tue, Di."""
    names = _WEEKDAYS.get(current_language())
    if names:
        return names[day.weekday()]
    return dates.format_date(day, format="ccc", locale=_locale()).rstrip(".")


def zone_label(when: datetime | None = None, zone: ZoneInfo | None = None) -> str:
    """A zone as people know it, with its distance: "Việt Nam (GMT+7)", "Germany (GMT+1)"."""
    zone = zone or current_zone()
    at = (when or clock.now()).astimezone(zone)
    if zone.key in {"UTC", "Etc/UTC"}:
        return "UTC"
    name = _place(zone, at)
    minutes = int((at.utcoffset() or timedelta()).total_seconds() // 60)
    sign = "+" if minutes >= 0 else "−"
    hours, rest = divmod(abs(minutes), 60)
    return f"{name} (GMT{sign}{hours}{f':{rest:02}' if rest else ''})"


def _place(zone: ZoneInfo, at: datetime) -> str:
    """The country where one time holds everywhere (Vietnam), the city elsewhere (New York)."""
    key = get_global("zone_aliases").get(zone.key, zone.key)  # browsers still say Asia/Saigon
    country = str(get_global("zone_territories").get(key, "ZZ"))
    every = get_global("territory_zones").get(country, ())
    one_time = all(at.astimezone(ZoneInfo(one)).utcoffset() == at.utcoffset() for one in every)
    if one_time and country != "ZZ" and country in _locale().territories:
        return str(_locale().territories[country])
    return str(dates.get_timezone_location(zone, locale=_locale(), return_city=True))


def ago(when: datetime) -> str:
    """How long ago, or in how long: "3 minutes ago"."""
    return dates.format_timedelta(when - clock.now(), add_direction=True, locale=_locale())


def language_name(language: str) -> str:
    """A language's own name, capitalised: "Tiếng Việt"."""
    name = Locale.parse(language).get_display_name(_locale()) or language
    return name[:1].upper() + name[1:]


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


def _look_up(msgid: str) -> str:
    language = _language.get()
    if is_serving():
        own = _tenant_texts.get((current_tenant().id, language))
        if own and msgid in own:
            return own[msgid]
    return _catalogues.get(language, {}).get(msgid) or _catalogues.get("en", {}).get(msgid) or msgid


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


def _locale() -> Locale:
    return _LOCALES.get(current_language()) or _LOCALES["en"]


_LOCALES = {"vi": Locale("vi", "VN"), "en": Locale("en", "IE"), "de": Locale("de", "DE")}
_WEEKDAYS = {"vi": ("T2", "T3", "T4", "T5", "T6", "T7", "CN")}
_DATES = {
    "vi": {
        "long": "cccc, dd/MM/yyyy",
        "short": "dd/MM/yyyy",
        "day": "dd/MM",
        "weekday": "cccc, dd/MM",
        "month": "LLLL, yyyy",
    },
    "en": {
        "long": "cccc, d MMMM yyyy",
        "short": "d MMM yyyy",
        "day": "d MMM",
        "weekday": "cccc, d MMMM",
        "month": "LLLL yyyy",
    },
    "de": {
        "long": "cccc, d. MMMM yyyy",
        "short": "dd.MM.yyyy",
        "day": "d. MMM",
        "weekday": "cccc, d. MMMM",
        "month": "LLLL yyyy",
    },
}
