"""Stripe: cards and wallets on Stripe's own page (Checkout Sessions)."""
