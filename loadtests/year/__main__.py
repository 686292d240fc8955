"""`python -m loadtests.year`: a house of its own, one simulated year, the auditor, totals."""

from __future__ import annotations

import argparse

from cilis.testing import house as houses
from loadtests.year import calendar


def main() -> int:
    """One year; 1 when anything does not agree."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.year", description=__doc__)
    parser.add_argument("--bookings", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=float, default=0.0, help="stop after so many seconds")
    parser.add_argument("--imported", type=int, default=0, help="percent that arrive complete")
    asked = parser.parse_args()
    house = houses.build(("year",))
    try:
        from cilis.app import prepare_process  # noqa: PLC0415 - settings first

        prepare_process("worker")
        houses.hosts.refresh()
        with houses.serving(houses.hosts.by_slug("year")):
            report = calendar.run(
                asked.bookings,
                seed=asked.seed,
                limit=asked.limit,
                imported=asked.imported,
            )
    finally:
        house.stop()
    print(report)
    return 1 if report.found else 0


if __name__ == "__main__":
    raise SystemExit(main())
