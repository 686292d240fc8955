"""What happens below, and what is counted of it. All are repeatable and need no order."""

from __future__ import annotations

from cilis.domains import bookings, experts, identity, payments, tenants
from cilis.domains.analytics import service
from cilis.domains.analytics.events import DayOver
from cilis.infra.outbox import listens_to


def _count(event: bookings.BookingEvent) -> None:
    service.take_again(service.BOOKINGS, [event.booking_id])


@listens_to(bookings.BookingRequested)
def count_request(event: bookings.BookingRequested) -> None:
    """A booking was made and waits for the expert."""
    _count(event)


@listens_to(bookings.BookingConfirmed)
def count_confirmed(event: bookings.BookingConfirmed) -> None:
    """A booking was made, or accepted."""
    _count(event)


@listens_to(bookings.BookingMoved)
def count_moved(event: bookings.BookingMoved) -> None:
    """A session is on another day."""
    _count(event)


@listens_to(bookings.BookingCancelled)
def count_cancelled(event: bookings.BookingCancelled) -> None:
    """A booking was given up."""
    _count(event)


@listens_to(bookings.BookingDeclined)
def count_declined(event: bookings.BookingDeclined) -> None:
    """The expert said no, or nothing."""
    _count(event)


@listens_to(bookings.BookingCompleted)
def count_completed(event: bookings.BookingCompleted) -> None:
    """A session took place."""
    _count(event)


@listens_to(bookings.BookingMissed)
def count_missed(event: bookings.BookingMissed) -> None:
    """Somebody did not come."""
    _count(event)


@listens_to(bookings.BookingDecided)
def count_decided(event: bookings.BookingDecided) -> None:
    """It is decided whether somebody came."""
    _count(event)


@listens_to(payments.PaymentCaptured)
def count_payment(event: payments.PaymentCaptured) -> None:
    """Money came."""
    service.take_again(service.PAYMENTS, [event.attempt_id])


@listens_to(payments.RefundSettled)
def count_refund(event: payments.RefundSettled) -> None:
    """Money went back."""
    service.take_again(service.PAYMENTS, [event.attempt_id])


@listens_to(payments.RefundRefused)
def count_refusal(event: payments.RefundRefused) -> None:
    """Money did not go back after all, perhaps after it was said to have gone."""
    service.take_again(service.PAYMENTS, [event.attempt_id])


@listens_to(identity.PersonRegistered)
def count_person(event: identity.PersonRegistered) -> None:
    """Somebody made an account."""
    service.take_again(service.PEOPLE, [event.person_id])


@listens_to(experts.ExpertChanged)
def count_expert(event: experts.ExpertChanged) -> None:
    """An expert was verified, or chose other topics."""
    service.take_again(service.EXPERTS, [event.expert_id])


@listens_to(experts.TopicMerged, slow=True)
def count_merged(event: experts.TopicMerged) -> None:
    """Two topics are one: who chose the one that is gone has another first."""
    service.take_topic_again(event.into_id)


@listens_to(tenants.BrandChanged, slow=True)
def move_days(event: tenants.BrandChanged) -> None:
    """The organization may be in another zone now."""
    del event
    service.rebuild_if_zone_changed()


@listens_to(DayOver, slow=True)
def close_day(event: DayOver) -> None:
    """A day has ended."""
    service.close_day(event.due)
