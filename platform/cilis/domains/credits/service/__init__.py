"""The room's use cases."""

from cilis.domains.credits.service.buying import (
    buy_gift,
    buy_package,
    lapse,
    open_paid,
    pay_for_credit,
)
from cilis.domains.credits.service.codes import code_of, gift_code
from cilis.domains.credits.service.coupons import (
    end_coupon,
    make_coupon,
    release_coupon,
    take_coupon,
    usual_code,
)
from cilis.domains.credits.service.ending import (
    expire,
    follow_dispute,
    give_back_refused,
    keep_open,
    may_return,
    return_rest,
    take_back,
    warn,
)
from cilis.domains.credits.service.giving import give_credit, redeem
from cilis.domains.credits.service.offers import change_gift_rules, save_package
from cilis.domains.credits.service.spending import spend, spend_session

__all__ = [
    "buy_gift",
    "buy_package",
    "change_gift_rules",
    "code_of",
    "end_coupon",
    "expire",
    "follow_dispute",
    "gift_code",
    "give_back_refused",
    "give_credit",
    "keep_open",
    "lapse",
    "make_coupon",
    "may_return",
    "open_paid",
    "pay_for_credit",
    "redeem",
    "release_coupon",
    "return_rest",
    "save_package",
    "spend",
    "spend_session",
    "take_back",
    "take_coupon",
    "usual_code",
    "warn",
]
