"""Payments without a gateway: by bank transfer, and at the organization's desk."""
