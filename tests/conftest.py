"""The whole suite uses the public fixtures; where several processes share it, a file stays whole."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = ["cilis.testing.fixtures", "tests.support.elasticsearch.fixtures"]

# CI tries the same cases each time, so that a red run can be repeated; at home chance goes on.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI") == "true":  # noqa: TID251 - says where we are, not how the program is set
    settings.load_profile("ci")

HERE = Path(__file__).parent
ALIKE = ("journeys", "proof")
"""Folders whose tests share real processes: one of each kind is enough for two cores."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say what belongs together, the longest first, so that no process is left alone at the end."""
    groups = {item: _group(item) for item in items}
    first = [*ALIKE, "elasticsearch"]
    items.sort(key=lambda item: first.index(groups[item]) if groups[item] in first else len(first))
    for item, group in groups.items():
        item.add_marker(pytest.mark.xdist_group(group))


def _group(item: pytest.Item) -> str:
    if item.path.is_relative_to(HERE):
        folder = item.path.relative_to(HERE).parts[0]
        if folder in ALIKE:
            return folder
    if "elasticsearch_server" in getattr(item, "fixturenames", ()):
        return "elasticsearch"
    return item.path.relative_to(HERE.parent).with_suffix("").as_posix()
