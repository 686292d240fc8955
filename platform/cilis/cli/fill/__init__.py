"""Fill an organization with the demo's people, hours, bookings and reviews, through doors only."""

from cilis.cli.fill.demo import Login, demo, fill
from cilis.cli.fill.gateways import PortsLike

__all__ = ["Login", "PortsLike", "demo", "fill"]
