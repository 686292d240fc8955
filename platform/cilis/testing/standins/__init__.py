"""Stand-ins for what lies outside: VNPay, Stripe, a Jitsi server, a calendar and a mail server.

``python -m cilis.testing.standins --port 8002 --smtp-port 2525 --state DIR`` starts them all in
one process; `running` starts them inside a test; `StandIns` drives them. They are written apart
from the plugins and from any gateway's library, and they can be told to misbehave.
"""

from cilis.testing.standins.control import PayingFailed, StandIns

__all__ = ["PayingFailed", "StandIns"]
