"""What the room hears, and whom it tells. Every listener may run twice: notices have keys."""

from __future__ import annotations

from datetime import UTC

from cilis.domains import (
    bookings,
    documents,
    experts,
    identity,
    messaging,
    payments,
    payouts,
    reviews,
)
from cilis.domains.notifications import queries, service
from cilis.domains.notifications.events import NoticeDue, ReminderDue
from cilis.domains.notifications.listeners import credit, staff
from cilis.domains.notifications.service import about
from cilis.domains.notifications.types import Kind, Side
from cilis.infra.db import reading
from cilis.infra.outbox import listens_to
from cilis.kit import clock

__all__ = ["credit", "staff"]


@listens_to(bookings.BookingRequested)
def tell_of_request(event: bookings.BookingRequested) -> None:
    """Somebody asks for an hour that the expert has to confirm."""
    service.tell_both(Kind.BOOKING_REQUESTED, event.booking_id)


@listens_to(bookings.BookingConfirmed)
def tell_of_confirmation(event: bookings.BookingConfirmed) -> None:
    """A booking will take place."""
    service.tell_both(Kind.BOOKING_CONFIRMED, event.booking_id)


@listens_to(bookings.BookingConfirmed)
def plan_reminders(event: bookings.BookingConfirmed) -> None:
    """Both want to be reminded."""
    service.plan_reminders(event.booking_id)


@listens_to(bookings.BookingMoved)
def tell_of_move(event: bookings.BookingMoved) -> None:
    """A booking has another time."""
    old = event.old_starts_at.isoformat() if event.old_starts_at else ""
    detail = {"by": event.by, "old_starts_at": old}
    service.tell_both(Kind.BOOKING_MOVED, event.booking_id, by_sequence=True, detail=detail)


@listens_to(bookings.BookingMoved)
def plan_reminders_anew(event: bookings.BookingMoved) -> None:
    """The reminders of the old time find out by themselves."""
    service.plan_reminders(event.booking_id)


@listens_to(bookings.BookingCancelled)
def tell_of_cancellation(event: bookings.BookingCancelled) -> None:
    """A booking will not take place."""
    detail = {"by": event.by, "refund_minor": event.refund_minor}
    service.tell_both(Kind.BOOKING_CANCELLED, event.booking_id, detail=detail)


@listens_to(bookings.BookingDeclined)
def tell_of_refusal(event: bookings.BookingDeclined) -> None:
    """The expert said no, or nothing; the expert knows."""
    detail = {"by": event.by, "refund_minor": event.refund_minor}
    service.tell_both(Kind.BOOKING_DECLINED, event.booking_id, sides=[Side.CLIENT], detail=detail)


@listens_to(bookings.BookingPaidInVain)
def tell_of_vain_payment(event: bookings.BookingPaidInVain) -> None:
    """Money came for an hour that was gone."""
    detail = {"refund_minor": event.refund_minor, "why": event.why}
    service.tell_both(Kind.PAID_IN_VAIN, event.booking_id, sides=[Side.CLIENT], detail=detail)


@listens_to(bookings.BookingCompleted)
def ask_for_review(event: bookings.BookingCompleted) -> None:
    """The session is over."""
    service.tell_both(Kind.BOOKING_COMPLETED, event.booking_id, sides=[Side.CLIENT])


@listens_to(bookings.BookingMissed)
def tell_of_absence(event: bookings.BookingMissed) -> None:
    """One side did not come; the expert knows whether the client came."""
    sides = [Side.CLIENT] if event.missed_by == "client" else [Side.CLIENT, Side.EXPERT]
    detail = {"missed_by": event.missed_by, "refund_minor": event.refund_minor}
    service.tell_both(Kind.BOOKING_MISSED, event.booking_id, sides=sides, detail=detail)


@listens_to(bookings.BookingProposed)
def tell_of_proposal(event: bookings.BookingProposed) -> None:
    """The expert proposes other times; the client picks one or says no."""
    service.tell_both(
        Kind.TIME_PROPOSED, event.booking_id, sides=[Side.CLIENT], again=event.proposal_id
    )


@listens_to(bookings.BookingProposalClosed)
def tell_of_closed_proposal(event: bookings.BookingProposalClosed) -> None:
    """A proposal is off; who closed it knows."""
    side = Side.EXPERT if event.why == "refused" else Side.CLIENT
    service.tell_both(Kind.PROPOSAL_CLOSED, event.booking_id, sides=[side], again=event.proposal_id)


@listens_to(bookings.BookingDisputed)
def tell_of_dispute(event: bookings.BookingDisputed) -> None:
    """The client says that it was otherwise: the expert hears, the staff decides."""
    service.tell_both(Kind.BOOKING_DISPUTED, event.booking_id, sides=[Side.EXPERT])
    with reading() as session:
        booking = bookings.get(session, event.booking_id)
        known = about.of_booking(session, booking)[Side.CLIENT]
    key = f"{Kind.BOOKING_DISPUTED_STAFF}:{event.booking_id}"
    service.tell_staff(Kind.BOOKING_DISPUTED_STAFF, key, event.booking_id, about=known)


@listens_to(bookings.BookingDecided)
def tell_of_decision(event: bookings.BookingDecided) -> None:
    """A disagreement is decided."""
    detail = {"outcome": event.outcome, "refund_minor": event.refund_minor}
    service.tell_both(Kind.BOOKING_DECIDED, event.booking_id, detail=detail)


@listens_to(documents.DocumentShared)
def tell_of_document(event: documents.DocumentShared) -> None:
    """Somebody shared a document; before the hour is booked there is nobody to tell."""
    if event.to_person_id is None:
        return
    with reading() as session:
        booking = bookings.get(session, event.booking_id)
        for_client = event.to_person_id == booking.client_id
        known = about.of_booking(session, booking)[Side.CLIENT if for_client else Side.EXPERT]
    key = f"{Kind.DOCUMENT_SHARED}:{event.document_id}"
    service.tell_person(
        Kind.DOCUMENT_SHARED, key, event.to_person_id, event.booking_id, about=known
    )


@listens_to(messaging.MessageUnread)
def tell_of_unread_message(event: messaging.MessageUnread) -> None:
    """A message has lain unread for some minutes; told once until its receiver reads."""
    with reading() as session:
        writer = identity.people(session, [event.from_person_id]).get(event.from_person_id)
    service.mark_subject_read(event.to_person_id, event.conversation_id)  # the new one stands alone
    known = {"name": writer.name if writer else ""}
    key = f"{Kind.MESSAGE_WAITING}:{event.message_id}"
    service.tell_person(
        Kind.MESSAGE_WAITING, key, event.to_person_id, event.conversation_id, about=known
    )


@listens_to(ReminderDue)
def remind(event: ReminderDue) -> None:
    """A session comes near."""
    service.remind(event.booking_id, Kind(event.kind), event.sequence)


@listens_to(payments.RefundSettled)
def tell_of_refund(event: payments.RefundSettled) -> None:
    """Money went back to its payer; of credit that an unbooked hour only held nobody hears."""
    with reading() as session:
        attempt = payments.attempt(session, event.attempt_id)
        if attempt.is_by_credit and attempt.in_vain:
            return
        known = about.of_refund(session, payments.refund(session, event.refund_id))
    key = f"{Kind.REFUND_SETTLED}:{event.refund_id}"
    service.tell_person(
        Kind.REFUND_SETTLED,
        key,
        attempt.payer_id,
        event.refund_id,
        as_credit=attempt.is_by_credit,
        about=known,
    )


@listens_to(payments.RefundRefused)
def tell_of_refused_refund(event: payments.RefundRefused) -> None:
    """Money did not go back: a person has to look."""
    with reading() as session:
        known = about.of_refund(session, payments.refund(session, event.refund_id))
    key = f"{Kind.REFUND_REFUSED}:{event.refund_id}"
    known["link"] = "/admin/payments"
    service.tell_staff(Kind.REFUND_REFUSED, key, event.refund_id, about=known)


@listens_to(payments.PaymentReview)
def tell_of_review(event: payments.PaymentReview) -> None:
    """A payment is suspected of fraud: its payer waits."""
    with reading() as session:
        attempt = payments.attempt(session, event.attempt_id)
        known = about.of_attempt(session, attempt)
    key = f"{Kind.PAYMENT_REVIEW}:{event.attempt_id}"
    service.tell_person(Kind.PAYMENT_REVIEW, key, attempt.payer_id, event.attempt_id, about=known)


@listens_to(payments.PaymentFailed)
def tell_of_refused_payment(event: payments.PaymentFailed) -> None:
    """A payment failed: who was told that it is being checked hears of the end as well."""
    checked = f"{Kind.PAYMENT_REVIEW}:{event.attempt_id}"
    with reading() as session:
        if not queries.was_told(session, checked):
            return
        attempt = payments.attempt(session, event.attempt_id)
        known = about.of_attempt(session, attempt)
    service.tell_person(
        Kind.PAYMENT_REVIEW,
        f"{checked}:refused",
        attempt.payer_id,
        event.attempt_id,
        refused=True,
        about=known,
    )


@listens_to(payouts.PayoutPaid)
def tell_of_payout(event: payouts.PayoutPaid) -> None:
    """Money has left for an expert."""
    _tell_of_payout(Kind.PAYOUT_PAID, event)


@listens_to(payouts.PayoutReturned)
def tell_of_returned_payout(event: payouts.PayoutReturned) -> None:
    """Money did not reach an expert."""
    _tell_of_payout(Kind.PAYOUT_RETURNED, event)


@listens_to(payouts.PayeeChanged)
def tell_of_another_account(event: payouts.PayeeChanged) -> None:
    """Money goes elsewhere from now on: if it was somebody else, the expert should know."""
    with reading() as session:
        person_id = experts.card(session, event.expert_id).person_id
    key = f"{Kind.PAYEE_CHANGED}:{event.change_id}"
    service.tell_person(Kind.PAYEE_CHANGED, key, person_id, event.expert_id)


@listens_to(payments.PayeeAccountReplaced)
def tell_of_another_account_there(event: payments.PayeeAccountReplaced) -> None:
    """What clients pay by a company goes elsewhere from now on."""
    key, known = (
        f"{Kind.PAYEE_CHANGED}:{event.change_id}",
        {"name": payments.company(event.provider)},
    )
    service.tell_person(Kind.PAYEE_CHANGED, key, event.person_id, event.person_id, about=known)


def _tell_of_payout(kind: Kind, event: payouts.PayoutPaid | payouts.PayoutReturned) -> None:
    with reading() as session:
        payout = payouts.payout(session, event.payout_id)
        person_id = experts.card(session, event.expert_id).person_id
    key = f"{kind}:{event.payout_id}"
    known = about.of_money(payout.amount)
    service.tell_person(kind, key, person_id, event.payout_id, about=known)


@listens_to(identity.EmailVerificationAsked)
def send_verification(event: identity.EmailVerificationAsked) -> None:
    """A person has to show that the address is theirs."""
    key = f"{Kind.VERIFY_EMAIL}:{event.token_id}"
    service.tell_person(Kind.VERIFY_EMAIL, key, event.person_id, event.token_id)


@listens_to(identity.EmailChangeAsked)
def send_email_change(event: identity.EmailChangeAsked) -> None:
    """A new address has to be confirmed there, and the present one is warned."""
    for kind in (Kind.CHANGE_EMAIL, Kind.EMAIL_CHANGE_ASKED):
        service.tell_person(kind, f"{kind}:{event.token_id}", event.person_id, event.token_id)


@listens_to(identity.PasswordResetAsked)
def send_reset(event: identity.PasswordResetAsked) -> None:
    """A person forgot the password."""
    key = f"{Kind.RESET_PASSWORD}:{event.token_id}"
    service.tell_person(Kind.RESET_PASSWORD, key, event.person_id, event.token_id)


@listens_to(identity.PasswordChanged)
def tell_of_new_password(event: identity.PasswordChanged) -> None:
    """A password was changed: its owner should know at once."""
    at = event.at or clock.now()  # an event of before has none
    key = f"{Kind.PASSWORD_CHANGED}:{event.person_id}:{at.astimezone(UTC):%Y%m%d%H%M%S}"
    service.tell_person(Kind.PASSWORD_CHANGED, key, event.person_id, event.person_id)


@listens_to(identity.SessionEnded)
def tell_of_stolen_key(event: identity.SessionEnded) -> None:
    """An old refresh token was used again: its owner should know."""
    if event.reason == identity.EndReason.TOKEN_REUSED and event.person_id is not None:
        key = f"{Kind.SESSIONS_ENDED}:{event.session_id}"
        service.tell_person(Kind.SESSIONS_ENDED, key, event.person_id, event.session_id)


@listens_to(experts.VerificationSubmitted)
def tell_reviewers(event: experts.VerificationSubmitted) -> None:
    """An expert asks to be verified, perhaps once more with the papers asked for."""
    key = f"{Kind.VERIFICATION_SUBMITTED}:{event.step_id or event.verification_id}"
    with reading() as session:
        name = experts.card(session, event.expert_id).title
    service.tell_staff(
        Kind.VERIFICATION_SUBMITTED,
        key,
        event.expert_id,
        verification_id=str(event.verification_id),
        about={"name": name, "link": f"/admin/verification/{event.verification_id}"},
    )


@listens_to(experts.VerificationDecided)
def tell_expert(event: experts.VerificationDecided) -> None:
    """A reviewer has answered."""
    with reading() as session:
        person_id = experts.card(session, event.expert_id).person_id
    key = f"{Kind.VERIFICATION_DECIDED}:{event.step_id or event.verification_id}"
    service.tell_person(Kind.VERIFICATION_DECIDED, key, person_id, event.expert_id)


@listens_to(reviews.ReviewWritten)
def tell_of_review_written(event: reviews.ReviewWritten) -> None:
    """A client has reviewed a session; the expert may answer."""
    with reading() as session:
        review = reviews.get(session, event.review_id)
        card = experts.card(session, event.expert_id)
    known = {
        "name": review.author_label,
        "words": f"{review.stars} ★",
        "link": f"/experts/{card.slug}#reviews",
    }
    key = f"{Kind.REVIEW_WRITTEN}:{event.review_id}"
    service.tell_person(Kind.REVIEW_WRITTEN, key, card.person_id, event.review_id, about=known)


@listens_to(reviews.ReviewAnswered)
def tell_of_review_answered(event: reviews.ReviewAnswered) -> None:
    """The expert has answered a review."""
    with reading() as session:
        card = experts.card(session, event.expert_id)
    known = {"name": card.title, "link": f"/experts/{card.slug}#reviews"}
    key = f"{Kind.REVIEW_ANSWERED}:{event.review_id}"
    service.tell_person(Kind.REVIEW_ANSWERED, key, event.client_id, event.review_id, about=known)


@listens_to(NoticeDue, in_order=True, slow=True)
def send(event: NoticeDue) -> None:
    """Send one notice; a person hears of things in the order in which they happened."""
    service.send(event.notice_id)
