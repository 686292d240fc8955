"""The whole suite uses the public fixtures."""

pytest_plugins = ["cilis.testing.fixtures"]
