"""Papers shared between the two sides of a booking."""
