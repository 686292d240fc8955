"""Figures of an organization over time: bookings, revenue, people."""
