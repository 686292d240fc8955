"""The way out of a kind of mail: a signed link that needs no log-in (RFC 8058)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from cilis.domains.notifications.errors import LinkOver
from cilis.domains.notifications.types import MANDATORY, MATTER_OF, Kind, Matter
from cilis.infra.http.addresses import absolute
from cilis.infra.secrets import signing_keys
from cilis.infra.tenancy import current_tenant
from cilis.kit import tokens

_TYP = "unsubscribe"
_DAY = "day"
_LIFETIME = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class WayOut:
    """What a link switches off: one matter through one channel, for one person.

    Without a matter it is the letter of the day: all that this person wants to hear in it.
    """

    person_id: UUID
    matter: Matter | None
    channel: str


def link(person_id: UUID, kind: Kind, channel: str) -> str:
    """The address that ends mails of this kind; "" for what nobody can switch off."""
    matter = MATTER_OF.get(kind)
    if kind != Kind.DIGEST and (matter is None or matter in MANDATORY):
        return ""
    claims = {
        "typ": _TYP,
        "aud": current_tenant().id,
        "sub": str(person_id),
        "matter": matter.value if matter else _DAY,
        "channel": channel,
    }
    token, _ends = tokens.issue(claims, signing_keys(_TYP)[0], lifetime=_LIFETIME)
    return absolute(f"/unsubscribe/{token}")


def way_out(token: str) -> WayOut:
    """What a link is for.

    Raises:
        LinkOver: the link is altered, another organization's, or too old.
    """
    try:
        claims = tokens.read(token, signing_keys(_TYP), typ=_TYP, aud=current_tenant().id)
        matter = None if claims["matter"] == _DAY else Matter(claims["matter"])
        return WayOut(UUID(claims["sub"]), matter, str(claims["channel"]))
    except (KeyError, TypeError, ValueError) as problem:  # BadToken is a ValueError
        raise LinkOver(str(problem)) from problem
