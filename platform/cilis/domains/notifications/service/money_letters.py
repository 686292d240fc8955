"""Letters about money that goes back, or waits for a decision."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import bookings, credits, payments
from cilis.domains.notifications.service.facts import Case
from cilis.domains.notifications.types import Block, Letter
from cilis.infra import i18n
from cilis.infra.http.addresses import absolute
from cilis.infra.i18n import gettext as _
from cilis.kit.viewer import Viewer


def refund_settled(session: Session, case: Case) -> Letter | None:
    """The money went back; for the client."""
    refund = payments.refund(session, case.subject_id)
    if refund.state != payments.RefundState.DONE:
        return None
    attempt = payments.attempt(session, refund.attempt_id)
    if attempt.is_by_credit:
        return _credit_again(session, attempt, refund)
    amount = i18n.format_money(refund.amount)
    method = payments.title(attempt.provider, attempt.way)
    return _about(session, attempt, Letter(
        subject=_("%(amount)s is on its way back to you", amount=amount),
        opening=_("Your money is on its way back."), fact=[amount],
        under=_("by %(method)s", method=method),
        preheader=_("Banks take one to five working days to show it."),
        hint=_("Banks take one to five working days to show it."),
    ))  # fmt: skip


def _credit_again(
    session: Session, attempt: payments.Attempt, refund: payments.Refund
) -> Letter | None:
    """What was paid by credit came back to it; None where it was only held for a while."""
    if attempt.in_vain:
        return None
    credit = credits.credit(session, UUID(attempt.provider_reference))
    amount = i18n.format_money(refund.amount)
    words = _("You can use it for your next session.")
    if credit.ends_at is not None:
        day = i18n.format_date(credit.ends_at, "weekday")
        words = _("You can use it for your next session, until %(day)s.", day=day)
    letter = Letter(
        subject=_("%(amount)s is credit again", amount=amount),
        opening=_("What you paid by credit is credit again."), fact=[amount],
        preheader=words, hint=words,
    )  # fmt: skip
    return replace(
        _about(session, attempt, letter),
        button=_("See my credit"),
        link=absolute(f"/credits/{credit.id}"),
    )


def refund_refused(session: Session, case: Case) -> Letter | None:
    """The gateway did not give the money back; for the organization's admins."""
    refund = payments.refund(session, case.subject_id)
    if refund.state != payments.RefundState.REFUSED:
        return None
    attempt = payments.attempt(session, refund.attempt_id)
    amount = i18n.format_money(refund.amount)
    words = _(
        "%(method)s did not carry out this refund (%(code)s). Please settle it with the client"
        " yourself, or try it again.",
        method=payments.title(attempt.provider, attempt.way),
        code=refund.refusal or "?",
    )
    return replace(
        _about(session, attempt, Letter(
            subject=_("A refund failed: %(amount)s", amount=amount),
            opening=_("A client still waits for money."), fact=[amount], preheader=words,
            hint=words,
        )),
        button=_("See payments"), link=absolute("/admin/payments"),
    )  # fmt: skip


def refund_waits(session: Session, case: Case) -> Letter | None:
    """A refund by grace needs a second person; for the organization's admins."""
    request = payments.refund_request(session, case.subject_id)
    if request.state != payments.RequestState.WAITING:
        return None
    attempt = payments.attempt(session, request.attempt_id)
    amount = i18n.format_money(request.amount)
    until = i18n.format_datetime(request.expires_at)
    words = _("Nothing goes back before somebody else agrees, until %(time)s.", time=until)
    letter = Letter(
        subject=_("A refund of %(amount)s needs your approval", amount=amount),
        opening=_("A refund waits for a second person."),
        fact=[amount], preheader=words, hint=words,
        blocks=[Block(_("Reason"), request.reason)],
    )  # fmt: skip
    return replace(
        _about(session, attempt, letter),
        button=_("See the payment"),
        link=absolute(f"/admin/payments/{attempt.id}"),
    )


def disputed(session: Session, case: Case) -> Letter | None:
    """A client's bank asks about a payment, or took it back; for the organization's admins."""
    staff = Viewer(case.reader.id, roles=frozenset({"admin"}))
    dispute = payments.dispute(session, staff, case.subject_id)
    if not dispute.may_tell:
        return None
    attempt = payments.attempt(session, dispute.attempt_id)
    amount = i18n.format_money(dispute.amount)
    only_asks = dispute.state == payments.DisputeState.INQUIRY
    words = _("Gather what proves the session and send it to the bank; it can be sent once.")
    due = ""
    if dispute.due_at is not None:
        due = _("The bank waits until %(time)s.", time=i18n.format_datetime(dispute.due_at))
    letter = Letter(
        subject=_("A client’s bank contests %(amount)s", amount=amount),
        opening=_("A client’s bank asks about a payment.")
        if only_asks
        else _("A client’s bank has taken a payment back."),
        fact=[amount], under=due, preheader=words, hint=words,
        blocks=[Block(_("Reason"), dispute.reason)] if dispute.reason else [],
    )  # fmt: skip
    return replace(
        _about(session, attempt, letter),
        button=_("Gather evidence"),
        link=absolute(f"/admin/disputes/{dispute.id}"),
    )


def payment_review(session: Session, case: Case) -> Letter | None:
    """The bank checks the payment, or has refused it after that; for the client."""
    attempt = payments.attempt(session, case.subject_id)
    if case.detail.get("refused"):
        return _payment_refused(session, attempt)
    if attempt.state != payments.AttemptState.REVIEW:
        return None
    words = _("You need not do anything, and you need not pay again. We write as soon as we know.")
    return _about(session, attempt, Letter(
        subject=_("Your payment is being checked"),
        opening=_("Your bank is checking your payment."),
        fact=[i18n.format_money(attempt.amount)], preheader=words, hint=words,
    ))  # fmt: skip


def _payment_refused(session: Session, attempt: payments.Attempt) -> Letter | None:
    if attempt.state != payments.AttemptState.FAILED:
        return None
    words = _("This payment booked nothing. What was debited, the payment service gives back.")
    return _about(session, attempt, Letter(
        subject=_("Your payment was refused"),
        opening=_("Your payment was checked and refused."),
        fact=[i18n.format_money(attempt.amount)], preheader=words, hint=words,
    ))  # fmt: skip


def payment_review_staff(session: Session, case: Case) -> Letter | None:
    """A payment waits for a decision; for the organization's admins."""
    attempt = payments.attempt(session, case.subject_id)
    if attempt.state != payments.AttemptState.REVIEW:
        return None
    words = _(
        "%(method)s suspects fraud. Please look into it and decide.",
        method=payments.title(attempt.provider, attempt.way),
    )
    letter = Letter(
        subject=_("A payment needs your decision"),
        opening=_("A payment needs your decision."),
        fact=[i18n.format_money(attempt.amount)],
        preheader=words,
        hint=words,
    )
    return replace(
        _about(session, attempt, letter),
        button=_("See payments"),
        link=absolute("/admin/payments"),
    )


def _about(session: Session, attempt: payments.Attempt, letter: Letter) -> Letter:
    """The letter with what it is about: a booking, or credit that was bought."""
    if attempt.about is payments.About.CREDIT:
        return replace(
            letter,
            button=_("See my credit"),
            link=absolute(f"/credits/{attempt.subject_id}"),
            footnote=_("Credit %(reference)s", reference=attempt.label),
        )
    try:
        booking = bookings.get(session, attempt.subject_id)
    except bookings.BookingNotFound:
        return letter
    return replace(
        letter,
        button=_("See the booking"),
        link=absolute(f"/bookings/{booking.id}"),
        footnote=_("Booking %(reference)s", reference=booking.reference),
    )
