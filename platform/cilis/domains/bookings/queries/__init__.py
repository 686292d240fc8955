"""The room's reads. They take the viewer, or an owner whom the caller has checked."""

from cilis.domains.bookings.queries.facts import facts, facts_page, references
from cilis.domains.bookings.queries.holds import (
    held_already,
    held_by_session,
    hold_of,
    nameless_of_session,
)
from cilis.domains.bookings.queries.lists import (
    of_client,
    of_expert,
    page_of_all,
    page_of_expert,
    page_of_rows,
    requests_of,
    requests_waiting,
)
from cilis.domains.bookings.queries.moves import (
    credit_beside,
    done_moves,
    move,
    move_of_payment,
    moves_made,
    open_move,
    payments_of,
    visible_move,
)
from cilis.domains.bookings.queries.one import (
    STAFF,
    Side,
    get,
    history,
    is_decided,
    lock,
    lock_visible,
    side_of,
    visible,
)
from cilis.domains.bookings.queries.proposals import (
    open_proposal,
    proposal,
    proposals_of,
    standing_proposal,
    visible_proposal,
)
from cilis.domains.bookings.queries.search import find

__all__ = [
    "STAFF",
    "Side",
    "credit_beside",
    "done_moves",
    "facts",
    "facts_page",
    "find",
    "get",
    "held_already",
    "held_by_session",
    "history",
    "hold_of",
    "is_decided",
    "lock",
    "lock_visible",
    "move",
    "move_of_payment",
    "moves_made",
    "nameless_of_session",
    "of_client",
    "of_expert",
    "open_move",
    "open_proposal",
    "page_of_all",
    "page_of_expert",
    "page_of_rows",
    "payments_of",
    "proposal",
    "proposals_of",
    "references",
    "requests_of",
    "requests_waiting",
    "side_of",
    "standing_proposal",
    "visible",
    "visible_move",
    "visible_proposal",
]
