"""Texts, money and times as people of three countries write them."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from cilis.infra import i18n
from cilis.infra.i18n import catalogues, speaking
from cilis.infra.tenancy import Tenant, serving
from cilis.kit import clock
from cilis.kit.money import Money

NOW = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)  # a Tuesday


@pytest.fixture
def texts(tmp_path: Path) -> Iterator[Path]:
    """Two catalogue folders of a test's own; the second is loaded later and wins."""
    before = {kind: dict(found) for kind, found in catalogues._catalogues.items()}
    plurals = {kind: dict(found) for kind, found in catalogues._plurals.items()}
    yield tmp_path
    for kept, saved in ((catalogues._catalogues, before), (catalogues._plurals, plurals)):
        kept.clear()
        kept.update(saved)  # type: ignore[arg-type]
    catalogues._tenant_texts.clear()


def test_another_clock_is_told_in_the_language_that_is_spoken() -> None:
    with speaking("vi", "Europe/Berlin", fallback="de"):
        with i18n.in_zone("Asia/Ho_Chi_Minh"):
            assert i18n.format_time(NOW) == "19:30"
            assert i18n.current_language() == "vi"
            assert i18n.translated({"en": "Tuesday", "de": "Dienstag"}) == "Dienstag"
        assert i18n.format_time(NOW) == "13:30"


@pytest.fixture
def long_before() -> Iterator[None]:
    """The first of November."""
    before = clock.distance()
    clock.set_distance(datetime(2026, 11, 1, tzinfo=UTC) - (clock.now() - before))
    yield
    clock.set_distance(before)


def write(folder: Path, language: str, text: str) -> None:
    path = folder / language / "LC_MESSAGES" / "messages.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: {}\\n"\n\n'
    forms = "nplurals=1; plural=0;" if language == "vi" else "nplurals=2; plural=(n != 1);"
    path.write_text(head.format(forms) + text, encoding="utf-8")


@pytest.mark.parametrize(
    ("language", "amount", "written"),
    [
        ("vi", Money(550_000, "VND"), "550.000 ₫"),
        ("vi", Money(12_000_000, "VND"), "12.000.000 ₫"),
        ("vi", Money(24_000, "EUR"), "240,00 €"),
        ("en", Money(550_000, "VND"), "₫550,000"),
        ("en", Money(24_000, "EUR"), "€240.00"),
        ("en", Money(1_234_567, "EUR"), "€12,345.67"),
        ("de", Money(550_000, "VND"), "550.000 ₫"),
        ("de", Money(24_000, "EUR"), "240,00 €"),
        ("de", Money(-24_050, "EUR"), "-240,50 €"),
        ("de", Money(1_234_567, "EUR"), "12.345,67 €"),
        ("en", Money(1_234, "KWD"), "KWD1.234"),
        ("en", Money(0, "EUR"), "€0.00"),
        ("vi", Money(10**17 + 1, "VND"), "100.000.000.000.000.001 ₫"),
    ],
)
def test_money(language: str, amount: Money, written: str) -> None:
    with speaking(language):
        assert i18n.format_money(amount).replace("\xa0", " ") == written


@pytest.mark.parametrize(
    ("language", "form", "written"),
    [
        ("vi", "long", "Thứ Ba, 24/11/2026"),
        ("vi", "short", "24/11/2026"),
        ("vi", "day", "24/11"),
        ("vi", "weekday", "Thứ Ba, 24/11"),
        ("vi", "month", "Tháng 11, 2026"),
        ("en", "long", "Tuesday, 24 November 2026"),
        ("en", "short", "24 Nov 2026"),
        ("en", "day", "24 Nov"),
        ("en", "weekday", "Tuesday, 24 November"),
        ("en", "month", "November 2026"),
        ("de", "long", "Dienstag, 24. November 2026"),
        ("de", "short", "24.11.2026"),
        ("de", "day", "24. Nov."),
        ("de", "weekday", "Dienstag, 24. November"),
        ("de", "month", "November 2026"),
    ],
)
def test_days(language: str, form: str, written: str) -> None:
    with speaking(language):
        assert i18n.format_date(NOW, form) == written
        assert i18n.format_date(NOW.date(), form) == written


@pytest.mark.parametrize(
    ("zone", "day", "time", "distance"),
    [
        ("Asia/Ho_Chi_Minh", "24 Nov 2026", "19:30", "Vietnam (GMT+7)"),
        ("Europe/Berlin", "24 Nov 2026", "13:30", "Germany (GMT+1)"),
        ("America/New_York", "24 Nov 2026", "07:30", "(GMT−5)"),
        ("Asia/Kolkata", "24 Nov 2026", "18:00", "India (GMT+5:30)"),
        ("Pacific/Kiritimati", "25 Nov 2026", "02:30", "(GMT+14)"),
        ("Australia/Lord_Howe", "24 Nov 2026", "23:30", "(GMT+11)"),
        ("UTC", "24 Nov 2026", "12:30", "UTC"),
    ],
)
def test_times_are_told_in_the_readers_zone(zone: str, day: str, time: str, distance: str) -> None:
    with speaking("en", zone):
        assert i18n.format_date(NOW, "short") == day
        assert i18n.format_time(NOW) == time
        assert i18n.zone_label(NOW).endswith(distance)


def test_the_same_zone_has_two_distances_a_year() -> None:
    with speaking("de", "Europe/Berlin"):
        assert i18n.zone_label(datetime(2026, 7, 1, tzinfo=UTC)).endswith("(GMT+2)")
        assert i18n.zone_label(datetime(2026, 12, 1, tzinfo=UTC)).endswith("(GMT+1)")
        before, after = (
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
            datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
        )
        assert i18n.format_time(before) == i18n.format_time(after) == "02:30"  # told twice


@pytest.mark.parametrize(
    ("language", "short"), [("vi", "T3 24/11"), ("en", "Tue 24 Nov"), ("de", "Di 24. Nov.")]
)
def test_small_buttons(language: str, short: str, long_before: None) -> None:
    with speaking(language, "Asia/Ho_Chi_Minh"):
        assert i18n.format_day_short(NOW) == short
        assert (
            i18n.short_weekday(date(2026, 11, 29))
            == {"vi": "CN", "en": "Sun", "de": "So"}[language]
        )


def test_today_and_tomorrow_are_the_readers(process: object) -> None:
    now = clock.now()
    with speaking("en", "Pacific/Kiritimati"):
        assert i18n.format_day_short(now) == "Today"
        assert i18n.format_day_short(now + timedelta(days=1)) == "Tomorrow"
        assert i18n.format_day_short(now + timedelta(days=2)) not in {"Today", "Tomorrow"}
    with speaking("vi", "Asia/Ho_Chi_Minh"):
        assert i18n.format_day_short(now) == "Hôm nay"


@pytest.mark.parametrize(
    ("language", "value", "digits", "written"),
    [
        ("vi", 4.9, 1, "4,9"),
        ("en", 4.9, 1, "4.9"),
        ("de", 12345.678, 2, "12.345,68"),
        ("en", 1e6, 0, "1,000,000"),
    ],
)
def test_numbers(language: str, value: float, digits: int, written: str) -> None:
    with speaking(language):
        assert i18n.format_number(value, digits) == written


@pytest.mark.parametrize(
    ("language", "written"),
    [("vi", "3 phút trước"), ("en", "3 minutes ago"), ("de", "vor 3 Minuten")],
)
def test_how_long_ago(language: str, written: str) -> None:
    with speaking(language):
        assert i18n.ago(clock.now() - timedelta(minutes=3)) == written


def test_plurals(texts: Path) -> None:
    english = '"%(n)s bell"\nmsgid_plural "%(n)s bells"\n'
    write(texts, "vi", f'msgid {english}msgstr[0] "%(n)s chuông"\n')
    write(texts, "de", f'msgid {english}msgstr[0] "%(n)s Glocke"\nmsgstr[1] "%(n)s Glocken"\n')
    i18n.load_catalogues([texts])
    made = {}
    for language in ("vi", "en", "de"):
        with speaking(language):
            made[language] = [i18n.ngettext("%(n)s bell", "%(n)s bells", n) for n in (0, 1, 2)]
    assert made == {
        "vi": ["0 chuông", "1 chuông", "2 chuông"],
        "en": ["0 bells", "1 bell", "2 bells"],
        "de": ["0 Glocken", "1 Glocke", "2 Glocken"],
    }


def test_a_later_catalogue_wins_and_an_organizations_own_words_win_over_all(
    texts: Path, tenant: Tenant, other_tenant: Tenant
) -> None:
    write(texts / "core", "de", 'msgid "Bell"\nmsgstr "Glocke"\n\nmsgid "Rope"\nmsgstr "Seil"\n')
    write(texts / "plugin", "de", 'msgid "Bell"\nmsgstr "Klingel"\n\nmsgid "Rope"\nmsgstr ""\n')
    i18n.load_catalogues([texts / "core", texts / "plugin"])
    i18n.set_tenant_texts(tenant.id, "de", {"Bell": "Gong"})
    with speaking("de"):
        assert i18n.gettext("Bell") == "Gong"
        assert i18n.gettext("Rope") == "Seil"  # an empty translation is none
        with serving(other_tenant):
            assert i18n.gettext("Bell") == "Klingel"
    with speaking("vi"):
        assert i18n.gettext("Bell") == "Bell"


def test_a_fuzzy_translation_is_none_and_a_compiled_one_is_the_same(texts: Path) -> None:
    write(texts, "vi", '#, fuzzy\nmsgid "Bell"\nmsgstr "sai"\n\nmsgid "Rope"\nmsgstr "dây"\n')
    i18n.load_catalogues([texts])
    with speaking("vi"):
        assert (i18n.gettext("Bell"), i18n.gettext("Rope")) == ("Bell", "dây")
    assert i18n.compile_catalogues([texts]) == 1
    assert i18n.compile_catalogues([texts]) == 0
    catalogues._catalogues["vi"].clear()
    i18n.load_catalogues([texts])
    with speaking("vi"):
        assert (i18n.gettext("Bell"), i18n.gettext("Rope")) == ("Bell", "dây")


def test_values_are_filled_in_and_percent_signs_survive(texts: Path) -> None:
    write(texts, "en", 'msgid "error.tests"\nmsgstr "Only %(left)s left, 100%% sure."\n')
    i18n.load_catalogues([texts])
    with speaking("en"):
        assert i18n.gettext("%(who)s is here", who="Hoa") == "Hoa is here"
        assert i18n.gettext("100% sure") == "100% sure"
        assert i18n.error_text("tests", left=3) == "Only 3 left, 100% sure."
        assert "%(left)s" in i18n.error_text("tests", right=3)  # never a fault on the way out


def test_an_unknown_error_still_has_a_sentence(process: object) -> None:
    for language in i18n.LANGUAGES:
        with speaking(language):
            text = i18n.error_text("no_such_code_at_all")
            assert text
            assert "no_such_code" not in text
            assert text != "error.refused"


def test_a_translation_is_chosen_by_reader_then_organization_then_any() -> None:
    names = {"vi": "Thuế", "de": "Steuern"}
    with speaking("de"):
        assert i18n.translated(names) == "Steuern"
    with speaking("en", fallback="vi"):
        assert i18n.translated(names) == "Thuế"
    with speaking("en", fallback="en"):
        assert i18n.translated(names) == "Thuế"
        assert i18n.translated({"vi": "", "de": "Steuern"}) == "Steuern"
        assert i18n.translated(None) == i18n.translated({}) == ""


@pytest.mark.parametrize(
    "zone", ["", "Nowhere/Land", "../../etc/passwd", "Europe", "\x00", "x" * 5_000]
)
def test_an_unknown_zone_is_utc(zone: str) -> None:
    assert i18n.known_zone(zone).key == "UTC"
    assert not i18n.is_zone(zone)
    assert i18n.is_zone("UTC")
    assert i18n.is_zone("Asia/Ho_Chi_Minh")


@pytest.mark.parametrize("language", ["", "zz", "fr", "../x", "vi_VN", "\x00"])
def test_an_unknown_language_reads_english_and_never_fails(language: str) -> None:
    with speaking(language):
        assert i18n.gettext("Bell") == "Bell"
        assert i18n.format_money(Money(24_000, "EUR")) == "€240.00"
        assert i18n.format_date(NOW) == "Tuesday, 24 November 2026"
        assert i18n.ngettext("%(n)s bell", "%(n)s bells", 2) == "2 bells"


def test_languages_do_not_run_over_into_other_threads_or_outlive_the_block() -> None:
    heard: list[str] = []
    with pytest.raises(KeyError), speaking("de", "Europe/Berlin"):
        thread = threading.Thread(target=lambda: heard.append(i18n.current_language()))
        thread.start()
        thread.join()
        raise KeyError
    assert heard == ["en"]
    assert i18n.current_language() == "en"
    assert i18n.current_zone().key == "UTC"


def test_languages_name_themselves() -> None:
    with speaking("vi"):
        assert i18n.language_name("de") == "Tiếng Đức"
    with speaking("de"):
        assert i18n.language_name("vi") == "Vietnamesisch"


def test_everything_comes_through_one_door() -> None:
    package = Path(i18n.__file__).parent
    behind = re.compile(
        r"infra\.i18n\.\w+ import|infra\.i18n import (catalogues|formats|texts|voice)\b"
    )
    own = set(package.glob("*.py"))
    found = [
        path
        for path in package.parents[1].rglob("*.py")
        if path not in own and "node_modules" not in path.parts and behind.search(path.read_text())
    ]
    assert found == []
