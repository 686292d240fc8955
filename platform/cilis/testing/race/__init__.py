"""Many people want few hours at the same moment, by every path; prints what came of it.

Seven paths: the page's button and the API through a real server; a client's move, a move by an
admin, an accepted proposal, a request that its expert accepts, and late money for a hold that ran
out through the use cases themselves. Who has won does not try again, so each hour is won once and
everybody else is refused. In the end the auditor compares the ledger with everything else.
"""

from cilis.testing.race.control import hold_race, without_the_constraint
from cilis.testing.race.course import OVERLAPS, Race
from cilis.testing.race.figures import Figures
from cilis.testing.race.repeats import repeat

__all__ = ["OVERLAPS", "Figures", "Race", "hold_race", "repeat", "without_the_constraint"]
