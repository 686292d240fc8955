"""Codes of gifts: money in writing, so only a digest is looked up and the code itself is sealed."""

from __future__ import annotations

from cilis.domains.credits.models import Credit
from cilis.domains.credits.types import CreditState
from cilis.infra import secrets
from cilis.kit import crypto, ids
from cilis.kit.viewer import Viewer

_GROUPS, _LETTERS = 4, 4  # of 31 letters: 79 bits


def made() -> tuple[str, str]:
    """A new code as it is kept: its digest, and itself sealed."""
    code = "".join(ids.reference(_LETTERS) for _ in range(_GROUPS))
    return digest(code), secrets.encrypt(code)


def digest(typed: str) -> str:
    """What a code is looked up by, however it was typed."""
    plain = "".join(letter for letter in typed.upper() if letter.isascii() and letter.isalnum())
    return crypto.digest(plain).hex()


def gift_code(credit: Credit, viewer: Viewer) -> str:
    """The code of a paid gift that nobody has taken, for its buyer; "" in all other cases."""
    waits = credit.state is CreditState.OPEN and credit.owner_id is None
    return code_of(credit) if waits and viewer.person_id == credit.buyer_id else ""


def code_of(credit: Credit) -> str:
    """A gift's code for its buyer, in groups; "" where it has none."""
    if credit.code_sealed is None:
        return ""
    code = secrets.decrypt(credit.code_sealed)
    return "-".join(code[at : at + _LETTERS] for at in range(0, len(code), _LETTERS))
