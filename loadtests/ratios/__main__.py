"""`make ratios`: run every ratio, print the table, write results.json and RESULTS.md."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import platform
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

import loadtests.ratios
from loadtests.ratios.measure import Ratio
from rich.console import Console
from rich.table import Table

_NOT_RATIOS = {"measure", "stage", "__main__"}
HERE = Path(__file__).resolve().parents[1]


def main() -> int:
    """Run those named on the command line, or all; ends with 1 when one could not be measured."""
    wanted = set(sys.argv[1:])
    found: list[Ratio] = []
    failed = []
    for module in sorted(pkgutil.iter_modules(loadtests.ratios.__path__), key=lambda it: it.name):
        if module.name in _NOT_RATIOS or (wanted and module.name not in wanted):
            continue
        sys.stderr.write(f"measuring {module.name} …\n")
        try:
            result = importlib.import_module(f"loadtests.ratios.{module.name}").measure()
        except Exception:  # noqa: BLE001 - the other ratios still count
            traceback.print_exc()
            failed.append(module.name)
            continue
        found += result if isinstance(result, list) else [result]
    _print(found)
    if not wanted:
        _write(found)
    return 1 if failed else 0


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


def _write(found: list[Ratio]) -> None:
    (HERE / "results.json").write_text(json.dumps([one.row() for one in found], indent=1) + "\n")
    lines = [
        "# Ratios",
        "",
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python "
        f"{platform.python_version()}, {datetime.now(UTC):%Y-%m-%d}. "  # noqa: TID251
        "Each ratio is ours ÷ a baseline of our own in the same run, interleaved; requests go "
        "straight into the WSGI application, so no client or socket is measured. Read the ratios, "
        "not the absolute figures.",
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
    (HERE / "RESULTS.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    raise SystemExit(main())
