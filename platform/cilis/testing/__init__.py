"""Public: fixtures, contract suites and stand-ins for whoever builds on the house."""
