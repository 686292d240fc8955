"""`make ratios`: run every ratio, print the table, write results.json and RESULTS.md."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

import loadtests.ratios
from loadtests.ratios.measure import Ratio

_NOT_RATIOS = {"many_experts", "measure", "questions", "stage", "__main__"}
_LARGE = {"search_million"}
"""Those that take long: named, or in the large round."""

HERE = Path(__file__).resolve().parents[1]


def main() -> int:
    """Run those named on the command line, or all; ends with 1 when one could not be measured.

    Those that are named take the place of their like in the results that are kept.
    ``large`` runs all and those that take long.
    """
    if sys.argv[1:2] == ["--one"]:
        return _one(sys.argv[2])
    wanted = set(sys.argv[1:]) - {"small", "large"}
    left_out = _NOT_RATIOS if wanted or "large" in sys.argv[1:] else _NOT_RATIOS | _LARGE
    found: list[Ratio] = []
    failed = []
    for module in sorted(pkgutil.iter_modules(loadtests.ratios.__path__), key=lambda it: it.name):
        if module.name in left_out or (wanted and module.name not in wanted):
            continue
        sys.stderr.write(f"measuring {module.name} …\n")
        done = subprocess.run(  # a process of its own: each has its own house
            [sys.executable, "-m", "loadtests.ratios", "--one", module.name],
            stdout=subprocess.PIPE, check=False, cwd=HERE.parent,
        )  # fmt: skip
        if done.returncode:
            failed.append(module.name)
            continue
        found += [Ratio(**row) for row in json.loads(done.stdout.splitlines()[-1])]
    _print(found)
    _write(found if not wanted else _among_the_last(found))
    return 1 if failed else 0


def _among_the_last(found: list[Ratio]) -> list[Ratio]:
    """What was measured before, with these in the place of their like."""
    before = [Ratio(**row) for row in json.loads((HERE / "results.json").read_text())]
    anew = {one.name for one in found}
    return sorted(
        [*(one for one in before if one.name not in anew), *found], key=lambda it: it.name
    )


def _one(name: str) -> int:
    result = importlib.import_module(f"loadtests.ratios.{name}").measure()
    rows = [one.row() for one in (result if isinstance(result, list) else [result])]
    sys.stdout.write(json.dumps(rows) + "\n")
    return 0


def _print(found: list[Ratio]) -> None:
    table = Table("ratio", "value", "goal", "ours", "baseline", "unit", "spread", "")
    for one in found:
        sign = "≥" if one.better == "higher" else "≤"
        table.add_row(
            one.name,
            f"{one.value:.3g}",
            f"{sign} {one.goal:g}",
            f"{one.ours:.4g}",
            f"{one.baseline:.4g}",
            one.unit,
            f"{one.spread:.2f}",
            "✓" if one.reached else "✗",
        )
    Console().print(table)


ENGINES = ("postgresql", "elasticsearch")
_WHY = {
    "hold_slot": "nine statements through SQLAlchemy, Flask and marshmallow, and the counter of "
    "holds, a call to Redis that the bare SQL lacks.",
    "list_20": "the visit around each request, arguments by schema, and the roles and limits that "
    "each transaction begins with.",
    "search_postgresql": "the answer reads every card again and computes its next free hours, which "
    "the statements by hand leave out; the more experts there are, the less it weighs (`_100k`).",
    "search_growth_postgresql": "a question about an evening lays its mask on the hours of all whom "
    "its words fit.",
    "search_growth_postgresql_1m": "a question about an evening lays its mask on the hours of all "
    "whom its words fit.",
    **dict.fromkeys(
        [f"completion_{engine}{more}" for engine in ENGINES for more in ("", "_100k", "_1m")],
        "what the engine is asked takes a few milliseconds; the names of topics and the cards that "
        "are shown are read beside it.",
    ),
    **dict.fromkeys(
        [f"search_elasticsearch{more}" for more in ("", "_100k", "_1m")],
        "the answer reads every card again and computes its next free hours, which the requests by "
        "hand leave out; since counts are bounded they take no longer than that.",
    ),
    **dict.fromkeys(
        ["index_bulk", "index_bulk_1m"],
        "each document is made of four rows of the copy in the process that sends it; with one core "
        "for all nothing runs beside the sending.",
    ),
    "ledger_post": "accounts are found by what they are for and a repeat is recognized, which the bare "
    "rows leave out; server and asker had one core between them.",
    "notice": "it is worked to its end where it is received: lock, change with its evidence, audit, "
    "ledger and event, ten statements through SQLAlchemy and a plugin against one.",
    "notice_repeated": "whose address it is is read before, the signature is checked by the plugin in a "
    "thread with a time limit, and SQLAlchemy stands between.",
    "slots_outside": "the entries of calendars elsewhere are laid out day by day before they are "
    "taken away from the hours.",
    "slots_endpoint": "two hundred experts are found, counted, read again with their services and "
    "written out; the hours alone are `slots_hours`.",
}
"""Why a goal is missed, for as long as it is."""


def _write(found: list[Ratio]) -> None:
    (HERE / "results.json").write_text(json.dumps([one.row() for one in found], indent=1) + "\n")
    lines = [
        "# Ratios",
        "",
        (
            f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python "
            f"{platform.python_version()}, {datetime.now(UTC):%Y-%m-%d}. "
            "Each ratio is ours ÷ a baseline of our own in the same run, interleaved; requests go "
            "straight into the WSGI application, so no client or socket is measured. Read the ratios, "
            "not the absolute figures."
        ),
        "",
        "| ratio | value | goal | ours | baseline | unit | spread | reached |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| `{one.name}` | {one.value:.3g} | {'≥' if one.better == 'higher' else '≤'} {one.goal:g} "
        f"| {one.ours:.4g} | {one.baseline:.4g} | {one.unit} | {one.spread:.2f} "
        f"| {'yes' if one.reached else 'no'} |"
        for one in found
    ]
    missed = [one.name for one in found if not one.reached]
    lines += [
        "",
        *(f"- `{name}` misses its goal: {_WHY.get(name, 'not yet known')}" for name in missed),
    ]
    (HERE / "RESULTS.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    raise SystemExit(main())
