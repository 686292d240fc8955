"""The process that draws one paper: an order as JSON comes in, a PDF file goes out.

It imports nothing of the house, opens no connection, and sees no file outside its folder: typst
keeps to `root`, packages are looked for in an empty place, and the limits below end it if it
runs away.
"""

from __future__ import annotations

import json
import resource
import sys

import typst

MEMORY = 2 * 1024**3
"""Addresses, not pages: typst reserves far more than it uses."""


def main() -> None:
    """Read the order, draw, write."""
    order = json.load(sys.stdin.buffer)
    seconds = int(order["seconds"])
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    folder = order["folder"]
    made = typst.compile(
        f"{folder}/{order['template']}",
        root=folder,
        font_paths=[order["fonts"]],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"sheet": order["sheet"]},
        timestamp=order["made_at"],
        package_path=f"{folder}/packages",
        package_cache_path=f"{folder}/packages",
    )
    sys.stdout.buffer.write(made)


if __name__ == "__main__":
    main()
