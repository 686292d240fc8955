"""The room's use cases, one verb a file."""

from cilis.domains.bookings.service.answers import accept, decline, lapse_answer
from cilis.domains.bookings.service.backfill import backfill_earnings
from cilis.domains.bookings.service.cancel import cancel
from cilis.domains.bookings.service.confirm import confirm_paid
from cilis.domains.bookings.service.disputes import decide, dispute
from cilis.domains.bookings.service.earnings import settle_after_refund
from cilis.domains.bookings.service.funds import by_credit, credit_in, due, way_back
from cilis.domains.bookings.service.holds import count_hold, hold, lapse, take_over
from cilis.domains.bookings.service.imports import import_earnings, import_past
from cilis.domains.bookings.service.moves import (
    change_service,
    choices,
    give_up_move,
    lapse_move,
    move_preview,
)
from cilis.domains.bookings.service.pay import describe, pay_move, start_payment
from cilis.domains.bookings.service.policy import (
    cancellation,
    if_missed,
    move_until,
    moves_left,
    preview,
    suggests,
    tiers_of,
)
from cilis.domains.bookings.service.proposals import (
    accept_proposal,
    propose,
    refuse_proposal,
    withdraw_proposal,
)
from cilis.domains.bookings.service.reschedule import reschedule, terms_of
from cilis.domains.bookings.service.savings import (
    credit_choices,
    drop_coupon,
    usable_credit,
    use_coupon,
)
from cilis.domains.bookings.service.sessions import complete, mark_no_show

__all__ = [
    "accept",
    "accept_proposal",
    "backfill_earnings",
    "by_credit",
    "cancel",
    "cancellation",
    "change_service",
    "choices",
    "complete",
    "confirm_paid",
    "count_hold",
    "credit_choices",
    "credit_in",
    "decide",
    "decline",
    "describe",
    "dispute",
    "drop_coupon",
    "due",
    "give_up_move",
    "hold",
    "if_missed",
    "import_earnings",
    "import_past",
    "lapse",
    "lapse_answer",
    "lapse_move",
    "mark_no_show",
    "move_preview",
    "move_until",
    "moves_left",
    "pay_move",
    "preview",
    "propose",
    "refuse_proposal",
    "reschedule",
    "settle_after_refund",
    "start_payment",
    "suggests",
    "take_over",
    "terms_of",
    "tiers_of",
    "usable_credit",
    "use_coupon",
    "way_back",
    "withdraw_proposal",
]
