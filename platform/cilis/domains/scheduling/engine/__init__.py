"""Free starts by pure arithmetic: no database, no clock, many experts at once."""

from cilis.domains.scheduling.engine.starts import ALWAYS, Asks, Diaries, free_starts
from cilis.domains.scheduling.engine.zones import DAY, Ints, changes

__all__ = ["ALWAYS", "DAY", "Asks", "Diaries", "Ints", "changes", "free_starts"]
