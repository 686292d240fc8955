"""Cilis: organizations run their own marketplaces for expert consultations."""
