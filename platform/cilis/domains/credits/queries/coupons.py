"""Coupons and what they were used for."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.credits.errors import CouponNotFound
from cilis.domains.credits.models import Coupon, CouponUse
from cilis.infra.paging import newest_page
from cilis.kit.money import Money
from cilis.kit.pagination import Page


def coupon(session: Session, coupon_id: UUID, *, lock: bool = False) -> Coupon:
    """One coupon; raises CouponNotFound."""
    found = session.get(Coupon, coupon_id, with_for_update=lock, populate_existing=lock)
    if found is None:
        raise CouponNotFound(f"no coupon {coupon_id}")
    return found


def coupon_by_code(session: Session, code: str) -> Coupon | None:
    """The coupon of a code, locked, so that nobody else counts it at the same time."""
    wanted = sa.select(Coupon).where(Coupon.code == code).with_for_update()
    return session.scalar(wanted.execution_options(populate_existing=True))


def coupons_page(session: Session, *, cursor: str | None = None, limit: int = 20) -> Page[Coupon]:
    """Coupons, newest first."""
    return newest_page(session, sa.select(Coupon), (Coupon.made_at, Coupon.id), cursor, limit)


def use_of_booking(session: Session, booking_id: UUID) -> CouponUse | None:
    """The coupon's use that makes a booking cheaper."""
    return session.scalar(
        sa.select(CouponUse).where(
            CouponUse.booking_id == booking_id, CouponUse.released_at.is_(None)
        )
    )


def uses_of_client(session: Session, coupon_id: UUID, client_id: UUID) -> int:
    """How often a client used a coupon."""
    found = sa.select(sa.func.count()).where(
        CouponUse.coupon_id == coupon_id,
        CouponUse.client_id == client_id,
        CouponUse.released_at.is_(None),
    )
    return int(session.scalar(found) or 0)


def coupon_uses(session: Session, coupon_id: UUID, *, limit: int = 100) -> Sequence[CouponUse]:
    """The latest uses of a coupon that were not given back."""
    found = sa.select(CouponUse).where(
        CouponUse.coupon_id == coupon_id, CouponUse.released_at.is_(None)
    )
    newest = found.order_by(CouponUse.taken_at.desc(), CouponUse.id.desc()).limit(limit)
    return session.scalars(newest).all()


def coupon_granted(session: Session, found: Coupon) -> Money:
    """What a coupon has made sessions cheaper by, altogether; what was given back is left out."""
    total = sa.select(sa.func.coalesce(sa.func.sum(CouponUse.amount_minor), 0)).where(
        CouponUse.coupon_id == found.id, CouponUse.released_at.is_(None)
    )
    return Money(int(session.scalar(total) or 0), found.currency)
