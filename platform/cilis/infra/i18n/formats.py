"""Money, numbers, days and times as people of a language write them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers
from babel.core import get_global

from cilis.infra.i18n.texts import gettext
from cilis.infra.i18n.voice import current_language, current_zone, local
from cilis.kit import clock
from cilis.kit.money import Money, decimals


def format_money(amount: Money) -> str:
    """An amount as people write it: 550.000 ₫, €240.00."""
    value = Decimal(amount.minor).scaleb(-decimals(amount.currency))
    return numbers.format_currency(value, amount.currency, locale=_locale())


def format_number(value: float, digits: int = 0) -> str:
    """A number with the language's separators and so many decimals."""
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return numbers.format_decimal(value, format=pattern, locale=_locale())


def format_percent(hundredths: int) -> str:
    """A rate in hundredths of a percent as people write it: 19 %, 8.1 %."""
    digits = 0 if hundredths % 100 == 0 else 1 if hundredths % 10 == 0 else 2
    return f"{format_number(hundredths / 100, digits)}\u00a0%"


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


def country_name(country: str) -> str:
    """A country's name in the reader's language; the code where there is none."""
    return str(_locale().territories.get(country, country))


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
