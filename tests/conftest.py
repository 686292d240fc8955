"""The whole suite uses the public fixtures; where processes share it, what needs a server stays whole."""

import os

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

pytest_plugins = ["cilis.testing.fixtures", "tests.support.elasticsearch.fixtures"]

# No test is timed, the making of its cases neither: other processes share the machine. CI tries the
# same cases each time, so that a red run can be repeated; at home chance goes on.
settings.register_profile(
    "here",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=os.environ.get("CI") == "true",  # noqa: TID251 - says where we are
)
settings.load_profile("here")

TOGETHER = (
    ("tests/journeys/",),
    ("tests/support/", "tests/domains/search/", "tests/walls/test_search", "tests/cli/test_doctor"),
    ("tests/proof/",),
    ("tests/walls/test_document",),
)
"""What shares costly servers (a demo and a browser, Elasticsearch, many processes) or is long.

It is begun first and in this order, so that no process is left alone with it at the end.
"""


def _place(nodeid: str) -> int:
    """Which of `TOGETHER` a test is one of; their number for all others."""
    for place, beginnings in enumerate(TOGETHER):
        if nodeid.startswith(beginnings):
            return place
    return len(TOGETHER)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _place(item.nodeid))


class WholeFiles(LoadScopeScheduling):
    """Gives a process whole files, and what belongs together as one."""

    def _split_scope(self, nodeid: str) -> str:
        place = _place(nodeid)
        return nodeid.partition("::")[0] if place == len(TOGETHER) else TOGETHER[place][0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> WholeFiles:
    config.option.loadscopereorder = False  # the order above holds
    return WholeFiles(config, log)
