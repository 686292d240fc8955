"""Filling the room's copy."""

from cilis.domains.search.service.rebuild import rebuild
from cilis.domains.search.service.refresh import (
    read_again,
    read_topic_again,
    refresh_stale,
    refresh_times,
)

__all__ = ["read_again", "read_topic_again", "rebuild", "refresh_stale", "refresh_times"]
