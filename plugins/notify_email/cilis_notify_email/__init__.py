"""Notices by e-mail, sent by the tenant's own mail server."""
