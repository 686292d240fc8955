"""Mistakes of a caller, never of a person: the transaction is rolled back."""

from __future__ import annotations


class EmptyPosting(ValueError):
    """A posting that moves nothing, or an amount that is not positive."""


class PostingDiffers(ValueError):
    """The same key was posted before with other movements: nothing was written."""
