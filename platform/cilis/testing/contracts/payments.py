"""What every payment provider promises."""

from __future__ import annotations

from cilis.testing.contracts.payment_by_hand import ByHandPromises
from cilis.testing.contracts.payment_notices import NoticePromises
from cilis.testing.contracts.payment_questions import QuestionPromises
from cilis.testing.contracts.payment_refunds import RefundPromises
from cilis.testing.contracts.payment_starts import DescribedPromises, StartPromises


class PaymentProviderContract(StartPromises, NoticePromises, QuestionPromises, RefundPromises):
    """Inherit this and give four fixtures.

    - ``provider``: the `cilis.hooks.payments.PaymentProvider`.
    - ``settings``: settings with which it reaches the pretended gateway.
    - ``other_settings``: another merchant's, with other secrets, known to the same gateway.
    - ``gateway``: a `Gateway` that plays the company's part.

    ``amount`` may be overridden for a provider that does not take đồng, ``impatience`` to make its
    time limits short, and ``way`` for one that cannot be paid without the client's choice of a way.
    """


class ByHandContract(DescribedPromises, ByHandPromises):
    """The same for a provider without a gateway (`cilis.hooks.payment_parts.HandledByStaff`).

    Inherit this and give ``provider``, ``settings`` and ``other_settings``; ``amount`` and ``way``
    as above.
    """
