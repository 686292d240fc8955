"""What a calendar's entries take: a table of everything that is nasty about them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from cilis.domains.calendars.errors import CalendarUnreadable
from cilis.domains.calendars.service.entries import busy_of
from cilis.domains.calendars.types import MOST_SPANS

WINDOW = datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 12, 31, tzinfo=UTC)
HANOI, BERLIN = "Asia/Ho_Chi_Minh", "Europe/Berlin"
OWN_ZONE = """
BEGIN:VTIMEZONE
TZID:Our Office
BEGIN:STANDARD
DTSTART:19701025T030000
TZOFFSETFROM:+0330
TZOFFSETTO:+0230
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19700329T020000
TZOFFSETFROM:+0230
TZOFFSETTO:+0330
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
END:VTIMEZONE
"""


def calendar(*entries: str, head: str = "") -> bytes:
    named = [
        entry if entry.startswith("UID:") else f"UID:{number}\n{entry}"
        for number, entry in enumerate(entries)
    ]
    blocks = "".join(f"BEGIN:VEVENT\n{entry}\nEND:VEVENT\n" for entry in named)
    head = f"{head.strip()}\n" if head else ""
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//\n{head}{blocks}END:VCALENDAR\n"
    return text.replace("\n", "\r\n").encode()


def taken(content: bytes, zone: str = HANOI) -> list[str]:
    """The spans as "MM-DD HH:MM/HH:MM" in UTC; with the other day where they end on one."""
    found = busy_of([content], zone, WINDOW).spans
    return [
        f"{one.starts_at:%m-%d %H:%M}/{one.ends_at:%H:%M}"
        if one.starts_at.date() == one.ends_at.date()
        else f"{one.starts_at:%m-%d %H:%M}/{one.ends_at:%m-%d %H:%M}"
        for one in found
    ]


@pytest.mark.parametrize(
    ("entry", "zone", "expected"),
    [
        ("DTSTART:20261207T090000Z\nDTEND:20261207T100000Z", HANOI, ["12-07 09:00/10:00"]),
        ("DTSTART:20261207T090000Z\nDURATION:PT45M", HANOI, ["12-07 09:00/09:45"]),
        # a day is a day of the expert's, not of Greenwich's
        ("DTSTART;VALUE=DATE:20261207", HANOI, ["12-06 17:00/12-07 17:00"]),
        ("DTSTART;VALUE=DATE:20261207", BERLIN, ["12-06 23:00/12-07 23:00"]),
        (
            "DTSTART;VALUE=DATE:20261207\nDTEND;VALUE=DATE:20261209",
            HANOI,
            ["12-06 17:00/12-08 17:00"],
        ),
        # the day on which the clock goes forward has 23 hours
        ("DTSTART;VALUE=DATE:20270328", BERLIN, ["03-27 23:00/03-28 22:00"]),
        # floating hours are the expert's
        ("DTSTART:20261207T090000\nDTEND:20261207T100000", HANOI, ["12-07 02:00/03:00"]),
        ("DTSTART:20261207T090000\nDTEND:20261207T100000", BERLIN, ["12-07 08:00/09:00"]),
        (
            "DTSTART;TZID=America/New_York:20261207T090000\nDURATION:PT1H",
            HANOI,
            ["12-07 14:00/15:00"],
        ),
        (
            "DTSTART;TZID=W. Europe Standard Time:20261207T090000\nDURATION:PT1H",
            HANOI,
            ["12-07 08:00/09:00"],
        ),
        ("DTSTART:20261207T090000Z\nDTEND:20261207T100000Z\nTRANSP:TRANSPARENT", HANOI, []),
        ("DTSTART:20261207T090000Z\nDTEND:20261207T100000Z\nTRANSP:transparent", HANOI, []),
        ("DTSTART:20261207T090000Z\nDTEND:20261207T100000Z\nSTATUS:CANCELLED", HANOI, []),
        (
            "DTSTART:20261207T090000Z\nDTEND:20261207T100000Z\nSTATUS:TENTATIVE",
            HANOI,
            ["12-07 09:00/10:00"],
        ),
        ("DTSTART:20261207T090000Z", HANOI, []),  # a moment takes no time
        # swapped by mistake: what lies between is meant
        ("DTSTART:20261207T100000Z\nDTEND:20261207T090000Z", HANOI, ["12-07 09:00/10:00"]),
        # begun before the window and not over
        ("DTSTART:20261120T090000Z\nDTEND:20261203T100000Z", HANOI, ["11-20 09:00/12-03 10:00"]),
        ("DTSTART:20251120T090000Z\nDTEND:20251203T100000Z", HANOI, []),
        ("DTSTART:20251120T090000Z\nDURATION:P400D", HANOI, ["11-20 09:00/12-25 09:00"]),
        ("DTSTART:20251120T090000Z\nDTEND:20261202T090000Z", HANOI, ["11-20 09:00/12-02 09:00"]),
        (
            "DTSTART:20251120T090000Z\nDTEND:20251120T100000Z\nRDATE:20261202T090000Z",
            HANOI,
            ["12-02 09:00/10:00"],
        ),
    ],
)
def test_single_entries(entry: str, zone: str, expected: Sequence[str]) -> None:
    assert taken(calendar(entry), zone) == expected


def test_a_zone_that_the_file_brings_along() -> None:
    entry = "DTSTART;TZID=Our Office:%s\nDURATION:PT1H"
    winter, summer = entry % "20261207T090000", entry % "20270705T090000"
    assert taken(calendar(winter, summer, head=OWN_ZONE)) == [
        "12-07 06:30/07:30",
        "07-05 05:30/06:30",
    ]


def test_the_zone_of_the_whole_file_holds_for_floating_hours_but_not_for_days() -> None:
    head = "X-WR-TIMEZONE:America/New_York"
    floating = "DTSTART:20261207T090000\nDTEND:20261207T100000"
    assert taken(calendar(floating, head=head)) == ["12-07 14:00/15:00"]
    assert taken(calendar("DTSTART;VALUE=DATE:20261207", head=head)) == ["12-06 17:00/12-07 17:00"]
    assert taken(calendar(floating, head="X-WR-TIMEZONE:Nowhere/Land")) == ["12-07 02:00/03:00"]
    unknown = "DTSTART;TZID=Nowhere/Land:20261207T090000\nDURATION:PT1H"
    assert taken(calendar(unknown)) == ["12-07 02:00/03:00"]


class TestRecurring:
    def test_nine_stays_nine_when_the_clock_changes(self) -> None:
        weekly = (
            "DTSTART;TZID=Europe/Berlin:20270322T090000\nDURATION:PT1H\n"
            "RRULE:FREQ=WEEKLY;UNTIL=20270405T220000Z"
        )
        assert taken(calendar(weekly)) == [
            "03-22 08:00/09:00",
            "03-29 07:00/08:00",
            "04-05 07:00/08:00",
        ]

    def test_a_rule_in_greenwich_time_follows_the_zone_of_the_file(self) -> None:
        weekly = "DTSTART:20270322T080000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=2"
        assert taken(calendar(weekly, head="X-WR-TIMEZONE:Europe/Berlin")) == [
            "03-22 08:00/09:00",
            "03-29 07:00/08:00",
        ]

    def test_days_left_out_moved_and_cancelled(self) -> None:
        series = (
            "UID:series\nDTSTART;TZID=Europe/Berlin:20261207T090000\nDURATION:PT1H\n"
            "RRULE:FREQ=DAILY;COUNT=5\nEXDATE;TZID=Europe/Berlin:20261208T090000"
        )
        moved = (
            "UID:series\nRECURRENCE-ID;TZID=Europe/Berlin:20261209T090000\n"
            "DTSTART;TZID=Europe/Berlin:20261209T150000\nDURATION:PT2H"
        )
        gone = (
            "UID:series\nRECURRENCE-ID;TZID=Europe/Berlin:20261210T090000\n"
            "DTSTART;TZID=Europe/Berlin:20261210T090000\nDURATION:PT1H\nSTATUS:CANCELLED"
        )
        assert taken(calendar(series, moved, gone)) == [
            "12-07 08:00/09:00",
            "12-09 14:00/16:00",
            "12-11 08:00/09:00",
        ]

    def test_further_dates_and_days(self) -> None:
        entry = "DTSTART:20261207T090000Z\nDURATION:PT1H\nRDATE:20261209T120000Z"
        assert taken(calendar(entry)) == ["12-07 09:00/10:00", "12-09 12:00/13:00"]
        days = "DTSTART;VALUE=DATE:20261207\nRRULE:FREQ=WEEKLY;COUNT=2"
        assert taken(calendar(days)) == ["12-06 17:00/12-07 17:00", "12-13 17:00/12-14 17:00"]

    @pytest.mark.parametrize(
        "rule",
        ["FREQ=SECONDLY", "FREQ=MINUTELY", "FREQ=HOURLY;BYMONTH=2", "FREQ=HOURLY;INTERVAL=1",
         "FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24))) + ";BYMINUTE=0,10,20,30,40,50"],
    )  # fmt: skip
    def test_what_cannot_be_listed_is_refused_and_not_left_out(self, rule: str) -> None:
        entry = f"DTSTART:20261207T090000Z\nDURATION:PT1M\nRRULE:{rule}"
        with pytest.raises(CalendarUnreadable) as refusal:
            taken(calendar(entry))
        assert refusal.value.reason == "calendar_too_many_entries"

    def test_sparse_rules_within_a_day_are_followed(self) -> None:
        entry = "DTSTART:20261207T090000Z\nDURATION:PT1M\nRRULE:FREQ=HOURLY;INTERVAL=8;COUNT=3"
        assert len(taken(calendar(entry))) == 3

    def test_more_entries_than_are_kept(self) -> None:
        entries = [
            f"DTSTART:202612{1 + number % 28:02d}T{number // 28 % 24:02d}{number % 60:02d}00Z\n"
            f"DURATION:PT{1 + number}S"
            for number in range(MOST_SPANS + 1)
        ]
        with pytest.raises(CalendarUnreadable, match="more than"):
            taken(calendar(*entries))


class TestBroken:
    @pytest.mark.parametrize(
        "entry",
        [
            "SUMMARY:no beginning",
            "DTSTART:tomorrow\nDTEND:20261207T100000Z",
            "DTSTART:20261332T090000Z",
            "DTSTART:20261207T090000Z\nDURATION:PT1H\nRRULE:FREQ=SOMETIMES",
            "DTSTART:20261207T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
            "DTSTART:20261207T090000Z\nDTEND;VALUE=DATE:garbage\nRRULE:garbage",
        ],
    )
    def test_an_entry_without_sense_is_left_out_and_counted(self, entry: str) -> None:
        good = "DTSTART:20261207T090000Z\nDTEND:20261207T100000Z"
        found = busy_of([calendar(entry, good)], HANOI, WINDOW)
        assert [one.uid for one in found.spans] == ["1"]
        assert found.skipped == 1

    @pytest.mark.parametrize(
        "content",
        [b"", b"hello", b"\x00\xff" * 100, b"<html><title>Log in</title></html>",
         b"BEGIN:VEVENT\r\nEND:VEVENT\r\n", calendar("DTSTART:20261207T090000Z")[:-30]],
    )  # fmt: skip
    def test_what_is_no_calendar_or_only_half_of_one(self, content: bytes) -> None:
        with pytest.raises(CalendarUnreadable) as refusal:
            taken(content)
        assert refusal.value.reason == "calendar_no_calendar"

    def test_an_empty_calendar_takes_nothing(self) -> None:
        assert taken(calendar()) == []

    def test_only_when_busy_and_when_not(self) -> None:
        part = (
            "BEGIN:VCALENDAR\nBEGIN:VFREEBUSY\nUID:f\n"
            "FREEBUSY:20261207T090000Z/20261207T100000Z,20261208T090000Z/PT1H\n"
            "FREEBUSY;FBTYPE=FREE:20261209T090000Z/PT1H\nEND:VFREEBUSY\nEND:VCALENDAR\n"
        )
        assert taken(part.replace("\n", "\r\n").encode()) == [
            "12-07 09:00/10:00",
            "12-08 09:00/10:00",
        ]

    def test_two_files_that_hold_the_same_entry_take_it_once(self) -> None:
        content = calendar("UID:one\nDTSTART:20261207T090000Z\nDURATION:PT1H")
        assert len(busy_of([content, content], HANOI, WINDOW).spans) == 1
