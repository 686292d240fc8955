from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

from cilis.kit import clock, ids


def test_an_id_is_a_uuid_of_version_7() -> None:
    made = ids.new()
    assert (made.version, made.variant) == (7, "specified in RFC 4122")


def test_its_first_bits_are_the_time() -> None:
    before = time.time_ns() // 1_000_000
    made = ids.new().int >> 80
    assert before <= made <= time.time_ns() // 1_000_000


def test_later_ones_sort_behind_earlier_ones() -> None:
    made: list[UUID] = []
    for _ in range(20):
        made.append(ids.new())
        time.sleep(0.002)
    assert made == sorted(made)
    assert [str(one) for one in made] == sorted(str(one) for one in made)


def test_threads_never_make_the_same() -> None:
    made: list[UUID] = []

    def work() -> None:
        made.extend([ids.new() for _ in range(5_000)])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 20_000


def test_a_reference_has_no_letters_that_look_alike() -> None:
    letters = "".join(ids.reference() for _ in range(2_000))
    assert not set(letters) & set("0O1Iabcdefghijklmnopqrstuvwxyz")
    assert len(set(letters)) == 32  # each symbol carries five bits
    assert len(ids.reference()) == 8


def test_the_clock_is_aware_and_moves() -> None:
    before = clock.distance()
    try:
        clock.set_distance(timedelta(hours=25))
        moved = clock.now() - datetime.now(UTC)  # noqa: TID251 - compares with the machine's own
        assert timedelta(hours=24, minutes=59) < moved < timedelta(hours=25, minutes=1)
        assert clock.now().tzinfo is UTC
    finally:
        clock.set_distance(before)
