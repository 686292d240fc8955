"""Everybody at once, in the shares that `weight` gives; started by `make load`."""

from loadtests.journeys.chat import Writing
from loadtests.journeys.client import Booking, Looking
from loadtests.journeys.staff import Admin, Expert

__all__ = ["Admin", "Booking", "Expert", "Looking", "Writing"]
