"""Bookings: who has an hour with whom, from the first hold to the end of the session.

This file is the room's only door.
"""

from cilis.domains.bookings.errors import (
    BookingNotFound,
    HoldExpired,
    NotPossibleNow,
    NotYours,
    OwnService,
    SlotNotOffered,
    SlotTaken,
    TooEarly,
    TooLate,
    TooManyHolds,
)
from cilis.domains.bookings.events import (
    BookingCancelled,
    BookingCompleted,
    BookingConfirmed,
    BookingDeclined,
    BookingEvent,
    BookingExpired,
    BookingHeld,
    BookingMissed,
    BookingMoved,
    BookingPaidInVain,
    BookingRequested,
)
from cilis.domains.bookings.models import Booking, BookingChange
from cilis.domains.bookings.queries import (
    Side,
    get,
    history,
    of_client,
    of_expert,
    page_of_all,
    page_of_expert,
    requests_of,
    side_of,
    tally,
    visible,
)
from cilis.domains.bookings.service import (
    accept,
    cancel,
    cancellation,
    count_hold,
    decline,
    describe,
    hold,
    import_past,
    mark_no_show,
    move_until,
    reschedule,
    start_payment,
    tiers_of,
)
from cilis.domains.bookings.types import (
    HOLD,
    LIVE_STATES,
    BookingState,
    HoldWish,
    PastBooking,
    Preview,
    Tally,
    Tier,
    What,
)

__all__ = [
    "HOLD", "LIVE_STATES", "Booking", "BookingCancelled", "BookingChange",
    "BookingCompleted", "BookingConfirmed", "BookingDeclined", "BookingEvent", "BookingExpired",
    "BookingHeld", "BookingMissed", "BookingMoved", "BookingNotFound", "BookingPaidInVain",
    "BookingRequested", "BookingState", "HoldExpired", "HoldWish", "NotPossibleNow", "NotYours",
    "OwnService", "PastBooking", "Preview", "Side", "SlotNotOffered", "SlotTaken", "Tally", "Tier",
    "TooEarly", "TooLate", "TooManyHolds", "What", "accept", "cancel", "cancellation",
    "count_hold", "decline", "describe", "get", "history", "hold", "import_past", "mark_no_show",
    "move_until", "of_client", "of_expert", "page_of_all", "page_of_expert", "requests_of",
    "reschedule", "side_of", "start_payment", "tally", "tiers_of", "visible",
]
