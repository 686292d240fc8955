"""Fill an organization with the demo's people, hours, bookings and reviews, through doors only."""

from cilis.cli.fill.demo import Login, demo, fill
from cilis.cli.fill.gateways import PortsLike
from cilis.cli.fill.outside import connect_calendars

__all__ = ["Login", "PortsLike", "connect_calendars", "demo", "fill"]
