"""What the room does, one verb a file."""

from cilis.domains.extensions.service.call import call, try_out
from cilis.domains.extensions.service.switch import switch

__all__ = ["call", "switch", "try_out"]
