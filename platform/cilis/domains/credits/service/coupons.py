"""Coupons: made by admins, taken by a booking, given back when it comes to nothing."""

from __future__ import annotations

import re
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import experts, identity, tenants
from cilis.domains.credits import queries
from cilis.domains.credits.errors import CodeTaken
from cilis.domains.credits.models import Coupon, CouponUse
from cilis.domains.credits.types import Bill, CouponWish, Discount, Why, percent_off
from cilis.infra import audit, idempotency
from cilis.infra.db import insert_or_nothing, transaction
from cilis.kit import clock, ids
from cilis.kit.errors import InvalidInput
from cilis.kit.money import Money
from cilis.kit.text import is_clean, nfc
from cilis.kit.viewer import Viewer

_CODE = re.compile("[A-Z0-9][A-Z0-9-]{1,38}[A-Z0-9]")
_HUNDREDTHS = 100
_MOST_MINOR = 10**12
_MOST_USES = 10**9
_LONGEST_NOTE = 500
_MADE = 8  # letters of a code that nobody thought of
_INSERT = insert_or_nothing(Coupon).execution_options(preserve_rowcount=True)


def usual_code(typed: str) -> str:
    """A code as it is kept: upper case, without spaces."""
    return "".join(nfc(typed).upper().split())[:60]


def make_coupon(wish: CouponWish, viewer: Viewer) -> Coupon:
    """Keep a new coupon. It cannot be changed afterwards, only ended: clients know it by then.

    Raises:
        InvalidInput: on the field that cannot be so.
        CodeTaken: there is one of this code, even if it is over.
        TopicNotFound, ServiceNotFound, ExpertNotFound, PersonNotFound: nothing of this id.
    """
    code = usual_code(wish.code) or ids.reference(_MADE)
    _check(wish, code)
    with transaction() as session:
        _must_exist(session, wish)
        coupon_id = ids.new()
        row = {
            "id": coupon_id,
            "code": code,
            "percent_bp": wish.percent * _HUNDREDTHS if wish.percent is not None else None,
            "amount_minor": wish.amount_minor,
            "currency": tenants.organization(session).currency,
            "starts_at": wish.starts_at,
            "ends_at": wish.ends_at,
            "most": wish.most,
            "most_each": wish.most_each,
            "used": 0,
            "least_minor": wish.least_minor,
            "client_id": wish.client_id,
            "topic_id": wish.scope.topic_id,
            "service_id": wish.scope.service_id,
            "expert_id": wish.scope.expert_id,
            "borne_by": wish.borne_by,
            "note": nfc(wish.note).strip(),
            "made_by": viewer.person,
            "made_at": clock.now(),
            "ended_at": None,
        }
        if not session.connection().execute(_INSERT, row).rowcount:
            raise CodeTaken(code)
        found = queries.coupon(session, coupon_id)
        idempotency.made(session, found.id)
        detail = {"code": code, "percent": wish.percent, "amount_minor": wish.amount_minor}
        audit.record(session, "credits.coupon_made", found.id, actor=viewer.person, detail=detail)
    return found


def end_coupon(coupon_id: UUID, viewer: Viewer) -> Coupon:
    """Let a coupon hold no longer; who has taken it keeps it. Raises CouponNotFound."""
    with transaction() as session:
        found = queries.coupon(session, coupon_id, lock=True)
        idempotency.made(session, found.id)
        if found.ended_at is None:
            found.ended_at = clock.now()
            detail = {"code": found.code}
            audit.record(
                session, "credits.coupon_ended", found.id, actor=viewer.person, detail=detail
            )
    return found


def take_coupon(session: Session, booking_id: UUID, code: str, bill: Bill) -> Discount:
    """Count a coupon for a booking, in the caller's transaction; one it had before goes back.

    Raises:
        InvalidInput: on ``code``: it does not hold, and why (`types.Why`).
    """
    release_coupon(session, booking_id)
    plain = usual_code(code)
    found = queries.coupon_by_code(session, plain) if _CODE.fullmatch(plain) else None
    why = Why.UNKNOWN if found is None else _refused(session, found, bill)
    if found is None or why is not None:
        raise InvalidInput({"code": [(why or Why.UNKNOWN).value]})
    amount = _off(found, bill.price)
    found.used += 1
    use = CouponUse(
        id=ids.new(),
        coupon_id=found.id,
        booking_id=booking_id,
        client_id=bill.client_id,
        amount_minor=amount.minor,
        currency=amount.currency,
    )
    session.add(use)
    session.flush()
    return Discount("coupon", found.id, found.code, amount, bill.price, found.borne_by)


def release_coupon(session: Session, booking_id: UUID) -> None:
    """Give back what a booking has taken, so that it can be used again; a repeat is fine."""
    use = queries.use_of_booking(session, booking_id)
    if use is None:
        return
    found = queries.coupon(session, use.coupon_id, lock=True)
    session.refresh(use)
    if use.released_at is None:
        use.released_at = clock.now()
        found.used -= 1
        session.flush()


def _refused(session: Session, found: Coupon, bill: Bill) -> Why | None:
    """Why a locked coupon does not hold for a session; None: it does."""
    now = clock.now()
    if found.client_id not in {None, bill.client_id}:
        return Why.UNKNOWN  # it was promised to somebody else
    if found.currency != bill.price.currency or not queries.holds_for(session, found.scope, bill):
        return Why.NOT_FOR_THIS
    if found.starts_at is not None and found.starts_at > now:
        return Why.TOO_EARLY
    if found.ended_at is not None or (found.ends_at is not None and found.ends_at <= now):
        return Why.OVER
    if bill.price.minor < max(found.least_minor, 1):
        return Why.TOO_CHEAP
    if found.most is not None and found.used >= found.most:
        return Why.USED_UP
    each = found.most_each
    if each is not None and queries.uses_of_client(session, found.id, bill.client_id) >= each:
        return Why.USED_BY_YOU
    return None


def _off(found: Coupon, price: Money) -> Money:
    if found.percent_bp is not None:
        return percent_off(price, found.percent_bp)
    return Money(min(found.amount_minor or 0, price.minor), price.currency)


def _check(wish: CouponWish, code: str) -> None:
    wrong = _off_wrong(wish) | _limits_wrong(wish)
    if not _CODE.fullmatch(code):
        wrong["code"] = ["coupon_code"]
    starts = max(wish.starts_at or clock.now(), clock.now())
    if wish.ends_at is not None and wish.ends_at <= starts:
        wrong["ends_at"] = ["ends_before_it_starts"]
    if len(wish.note) > _LONGEST_NOTE:
        wrong["note"] = ["too_long"]
    elif not is_clean(wish.note):
        wrong["note"] = ["unclean_text"]
    if wrong:
        raise InvalidInput(wrong)


def _off_wrong(wish: CouponWish) -> dict[str, list[str]]:
    if (wish.percent is None) == (wish.amount_minor is None):
        return {"percent": ["percent_or_amount"]}
    if wish.percent is not None and not 1 <= wish.percent <= _HUNDREDTHS:
        return {"percent": ["out_of_range"]}
    if wish.amount_minor is not None and not 1 <= wish.amount_minor <= _MOST_MINOR:
        return {"amount_minor": ["out_of_range"]}
    return {}


def _limits_wrong(wish: CouponWish) -> dict[str, list[str]]:
    ranges = {
        "most": (1, _MOST_USES),
        "most_each": (1, _MOST_USES),
        "least_minor": (0, _MOST_MINOR),
    }
    given = {name: getattr(wish, name) for name in ranges}
    return {
        name: ["out_of_range"]
        for name, (least, most) in ranges.items()
        if given[name] is not None and not least <= given[name] <= most
    }


def _must_exist(session: Session, wish: CouponWish) -> None:
    scope = wish.scope
    if scope.topic_id is not None:
        experts.topic(session, scope.topic_id)
    if scope.service_id is not None:
        experts.service_terms(session, scope.service_id, offered=False)
    if scope.expert_id is not None:
        experts.card(session, scope.expert_id)
    if wish.client_id is not None:
        identity.person(session, wish.client_id)
