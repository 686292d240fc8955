"""The payments behind the demo's bookings, known to the stand-in, so that they can go back.

The organization's gateway keeps a book of what it took. The demo writes the same line into both:
into our books by `payments.import_payments`, into the stand-in's by a file it reads at its start.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from cilis.cli.fill.gateways import Till, standins_folder, write_private
from cilis.domains import bookings, payments
from cilis.kit import clock, ids, text
from cilis.kit.money import Money

_TO_PAY = timedelta(minutes=3)
_OPEN_FOR = timedelta(minutes=10)
_BACK_AFTER = timedelta(hours=30)
_FIRST_NUMBER = 13_000_000


@dataclass(frozen=True, slots=True)
class Taken:
    """What the gateway says it took: its number, what our plugin keeps, its own line."""

    number: str
    data: Mapping[str, Any]
    line: dict[str, Any]


def payments_of(
    till: Till, rows: Sequence[bookings.PastBooking], booked: Sequence[UUID]
) -> tuple[list[payments.PastPayment], list[dict[str, Any]]]:
    """Our payments for these bookings, and the gateway's own lines about them."""
    ours: list[payments.PastPayment] = []
    lines: list[dict[str, Any]] = []
    for row, booking_id in zip(rows, booked, strict=True):
        if row.paid_attempt_id is None or row.booked_at is None:
            continue
        taken = _taken(till, row.paid_attempt_id, row.price, row.booked_at)
        ours.append(_payment(till, row, booking_id, taken))
        lines.append(taken.line | {"refunds": _refund_lines(ours[-1])})
    return ours, lines


def tell(lines: Iterable[Mapping[str, Any]]) -> None:
    """Write the gateway's lines where the stand-ins look at their start."""
    file = standins_folder() / "payments.jsonl"
    kept = file.read_text(encoding="utf-8") if file.exists() else ""
    write_private(file, kept + "".join(f"{json.dumps(line)}\n" for line in lines))


def _payment(
    till: Till, row: bookings.PastBooking, booking_id: UUID, taken: Taken
) -> payments.PastPayment:
    at = row.booked_at or clock.now()
    back_at = min(at + _BACK_AFTER, clock.now() - timedelta(minutes=20))
    back = payments.PastRefund(
        amount=row.price,
        reason="cancelled_by_client",
        asked_at=back_at - timedelta(minutes=6),
        settled_at=back_at,
        provider_reference=f"{taken.number}-1",
    )
    name = next(iter(row.service_name.values()), "")
    return payments.PastPayment(
        id=row.paid_attempt_id or ids.new(),
        subject_id=booking_id,
        payer_id=row.client_id,
        payee_id=row.expert_person_id,
        provider=till.provider,
        amount=row.price,
        description=f"{row.reference} {name}".strip(),
        created_at=at - _TO_PAY,
        settled_at=at,
        provider_reference=taken.number,
        provider_data=taken.data,
        refunds=(back,) if row.state == bookings.BookingState.CANCELLED else (),
    )


def _taken(till: Till, attempt_id: UUID, price: Money, paid_at: datetime) -> Taken:
    born = paid_at - _TO_PAY
    line = {
        "gateway": till.provider,
        "account": till.account,
        "reference": attempt_id.hex,
        "created_at": born.timestamp(),
        "expires_at": (born + _OPEN_FOR).timestamp(),
        "state": "paid",
    }
    paid = {"paid_at": paid_at.timestamp()}
    if till.provider == "vnpay":
        number = str(_FIRST_NUMBER + attempt_id.int % 900_000)
        day = born.astimezone(ZoneInfo("Asia/Ho_Chi_Minh")).strftime("%Y%m%d%H%M%S")
        kept = {"transaction_date": day}
        more: dict[str, Any] = {"return_url": "", "bank_code": "", "codes": ["00", "00"]}
        told = {"id": number, "amount": price.minor * 100, "currency": "VND"}
        return Taken(number, kept, line | told | _words() | {"data": kept | more | paid})
    session, intent = f"cs_test_{attempt_id.hex}", f"pi_{attempt_id.hex}"
    more = {
        "url": "", "success_url": "", "cancel_url": "", "customer_email": None,
        "payment_intent": intent, "metadata": {"reference": attempt_id.hex}, "refund_metadata": {},
    }  # fmt: skip
    told = {"id": session, "amount": price.minor, "currency": price.currency.lower()}
    return Taken(intent, {"session_id": session}, line | told | _words() | {"data": more | paid})


def _words() -> dict[str, str]:
    return {"description": text.ascii_words("demo", 20)}


def _refund_lines(payment: payments.PastPayment) -> list[dict[str, Any]]:
    factor = 100 if payment.provider == "vnpay" else 1
    return [
        {
            "id": refund.provider_reference,
            "reference": "",
            "amount": refund.amount.minor * factor,
            "state": "done",
            "day": "",
            "words": refund.reason,
        }
        for refund in payment.refunds
    ]
