"""Facts of this room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cilis.infra.outbox import Event


@dataclass(frozen=True, kw_only=True)
class BrandChanged(Event):
    """The organization's name, brand, languages or texts changed.

    ``version`` is the new version of the organization's row; pages name their style sheet by it.
    """

    name: ClassVar[str] = "tenants.brand_changed.v1"

    version: int
