"""The whole suite uses the public fixtures."""

import os

from hypothesis import settings

pytest_plugins = ["cilis.testing.fixtures", "tests.support.elasticsearch.fixtures"]

# CI tries the same cases each time, so that a red run can be repeated; at home chance goes on.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI") == "true":  # noqa: TID251 - says where we are, not how the program is set
    settings.load_profile("ci")
