"""Bookings over the API: the same use cases as the pages."""

from cilis.domains.bookings.api import bookings, changes, moves, proposals, savings
from cilis.domains.bookings.api.blueprint import blueprint

__all__ = ["blueprint", "bookings", "changes", "moves", "proposals", "savings"]
