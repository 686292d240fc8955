"""Contract suites: what every plugin of a kind promises, as tests that a plugin inherits.

::

    from cilis.testing.contracts import ByHandContract, PaymentProviderContract

    class TestContract(PaymentProviderContract):
        ...  # the fixtures named in the suite's docstring

``cilis.testing.standins.fixtures`` has the stand-ins that first-party plugins use; a plugin for
another company brings a pretended gateway of its own that fits `Gateway`, `Door` or `Post`.
"""

import pytest

_SUITES = (
    "meetings",
    "notifications",
    "payment_accounts",
    "payment_by_hand",
    "payment_disputes",
    "payment_notices",
    "payment_questions",
    "payment_refunds",
    "payment_shares",
    "payment_starts",
    "payment_transfers",
)
pytest.register_assert_rewrite(*(f"{__name__}.{suite}" for suite in _SUITES))

from cilis.testing.contracts.gateways import (  # noqa: E402
    AccountGateway,
    DisputingGateway,
    Gateway,
    SharingGateway,
    StandInGateway,
    TransferringGateway,
)
from cilis.testing.contracts.meetings import Door, MeetingProviderContract  # noqa: E402
from cilis.testing.contracts.notifications import (  # noqa: E402
    NotificationChannelContract,
    Post,
)
from cilis.testing.contracts.payment_accounts import AccountPromises  # noqa: E402
from cilis.testing.contracts.payment_disputes import DisputePromises  # noqa: E402
from cilis.testing.contracts.payment_shares import SharePromises  # noqa: E402
from cilis.testing.contracts.payment_transfers import TransferPromises  # noqa: E402
from cilis.testing.contracts.payments import (  # noqa: E402
    ByHandContract,
    PaymentProviderContract,
)

__all__ = [
    "AccountGateway",
    "AccountPromises",
    "ByHandContract",
    "DisputePromises",
    "DisputingGateway",
    "Door",
    "Gateway",
    "MeetingProviderContract",
    "NotificationChannelContract",
    "PaymentProviderContract",
    "Post",
    "SharePromises",
    "SharingGateway",
    "StandInGateway",
    "TransferPromises",
    "TransferringGateway",
]
