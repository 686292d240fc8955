"""Payouts over the API."""

from cilis.domains.payouts.api.balances import accounts, balances, corrections, own, rules
from cilis.domains.payouts.api.batches import batches, singles

blueprints = (balances, accounts, own, batches, singles, corrections, rules)
