"""Fills an organization with as many people and bookings as a large one has, for measurements."""

from __future__ import annotations
