"""The stand-ins, for all tests of this plugin."""

from cilis.testing.standins.fixtures import running_stand_ins, stand_ins

__all__ = ["running_stand_ins", "stand_ins"]
