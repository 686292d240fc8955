"""The room's reads."""

from cilis.domains.credits.queries.coupons import (
    coupon,
    coupon_by_code,
    coupon_granted,
    coupon_uses,
    coupons_page,
    use_of_booking,
    uses_of_client,
)
from cilis.domains.credits.queries.credits import (
    credit,
    credits_of,
    credits_page,
    gift_by_code,
    is_staff,
    left,
    left_of,
    lock,
    movements,
    open_credits,
    sees_rest,
    visible,
)
from cilis.domains.credits.queries.offers import (
    ROW,
    gift_rules,
    on_sale,
    on_sale_with,
    package,
    packages,
)
from cilis.domains.credits.queries.scopes import holds_for, usable

__all__ = [
    "ROW",
    "coupon",
    "coupon_by_code",
    "coupon_granted",
    "coupon_uses",
    "coupons_page",
    "credit",
    "credits_of",
    "credits_page",
    "gift_by_code",
    "gift_rules",
    "holds_for",
    "is_staff",
    "left",
    "left_of",
    "lock",
    "movements",
    "on_sale",
    "on_sale_with",
    "open_credits",
    "package",
    "packages",
    "sees_rest",
    "usable",
    "use_of_booking",
    "uses_of_client",
    "visible",
]
