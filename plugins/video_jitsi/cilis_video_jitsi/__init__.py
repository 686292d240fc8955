"""Jitsi: rooms of the tenant's own Jitsi server, entered by a personal signed token."""
