"""The rooms of the house, each entered by its door."""
