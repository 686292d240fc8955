"""What a client may choose from: every provider that is on, with its ways to pay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from sqlalchemy.orm import Session

from cilis.domains import extensions
from cilis.domains.payments import providers
from cilis.domains.payments.errors import MethodNotOffered
from cilis.domains.payments.types import CREDIT, Method
from cilis.hooks.manager import plugins
from cilis.hooks.payment_parts import OffersWays, Way
from cilis.hooks.payments import ReadsSettlements
from cilis.infra.i18n import gettext as _

LONGEST_WINDOW = timedelta(days=30)
"""However patient a plugin is, no hour waits longer for its money."""


def methods(session: Session, currency: str) -> list[Method]:
    """The ways to pay an amount of this currency, in the viewer's language; at once ones first."""
    found = [
        method
        for active in extensions.active(session, providers.KIND)
        if providers.takes(providers.offer(active.key), currency)
        for method in _methods_of(active)
    ]
    return sorted(found, key=lambda method: method.by_hand)


def method(session: Session, key: str, currency: str) -> Method:
    """One way to pay by its key, "provider" or "provider:way"; raises MethodNotOffered."""
    active = providers.gateway_for(session, key.partition(":")[0], currency)
    for found in _methods_of(active):
        if found.key == key:
            return found
    raise MethodNotOffered(f"{key} is not on offer")


def file_methods(session: Session) -> list[tuple[str, str]]:
    """Gateways in use whose own files can be compared: key and title."""
    return [
        (active.key, title(active.key))
        for active in extensions.active(session, providers.KIND)
        if isinstance(plugins.get(providers.KIND, active.key), ReadsSettlements)
    ]


def title(provider: str, way: str = "") -> str:
    """How people call a way to pay, in the viewer's language; its key when not installed."""
    if provider == CREDIT:
        return _("Credit")
    if provider not in plugins.keys(providers.KIND):
        return provider
    found = providers.offer(provider)
    ways = found.ways if isinstance(found, OffersWays) else ()
    return _(next((one.title for one in ways if one.key == way), found.title))


def _methods_of(active: extensions.Active) -> Iterator[Method]:
    found = providers.offer(active.key)
    by_hand = providers.is_by_hand(active.key)
    if not isinstance(found, OffersWays):
        yield Method(active.key, _(found.title), _(found.promise), found.icon, by_hand=by_hand)
        return
    for way in found.ways:
        if active.settings.get(way.setting, "") in way.values:
            yield Method(
                f"{active.key}:{way.key}" if way.key else active.key,
                _(way.title),
                _(way.promise),
                way.icon,
                _window(way, active.settings),
                timedelta(hours=_number(active.settings, way.hours_before)),
                by_hand,
            )


def _window(way: Way, settings: Mapping[str, str]) -> timedelta | None:
    if not way.days:
        return None
    return min(timedelta(days=max(_number(settings, way.days), 1)), LONGEST_WINDOW)


def _number(settings: Mapping[str, str], name: str) -> int:
    """A setting of the kind NUMBER, which is digits or empty; not larger than four of them."""
    return int(settings.get(name, "")[:4] or 0) if name else 0
