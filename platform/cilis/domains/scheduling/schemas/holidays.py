"""Public holidays over the API: whose, which, and on which one works all the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from marshmallow import fields, validate

from cilis.domains.scheduling.types import Holiday, Place
from cilis.infra.http.schemas import Strict


class PlaceArgs(Strict):
    """Whose public holidays: a country (ISO 3166-1) and perhaps one of its regions."""

    country = fields.String(required=True, validate=validate.Length(2, 2, error="not_a_choice"))
    region = fields.String(load_default="", validate=validate.Length(max=40, error="not_a_choice"))


class HolidaysInputSchema(Strict):
    """The place whose holidays are taken off, and the days on which you work all the same.

    An empty country takes none.
    """

    country = fields.String(required=True, validate=validate.Length(max=2, error="not_a_choice"))
    region = fields.String(load_default="", validate=validate.Length(max=40, error="not_a_choice"))
    leave = fields.List(
        fields.Date(), load_default=list, validate=validate.Length(max=100, error="too_many")
    )


class HolidaySchema(Strict):
    """A public holiday; ``off`` says whether you take it."""

    day = fields.Date(required=True)
    name = fields.String(required=True)
    off = fields.Boolean(required=True)


class HolidaysSchema(Strict):
    """The coming public holidays of a place."""

    country = fields.String(required=True)
    region = fields.String(required=True)
    items = fields.List(fields.Nested(HolidaySchema), required=True)


def holidays(place: Place, found: Sequence[tuple[Holiday, bool]]) -> dict[str, Any]:
    """Holidays as the API shows them."""
    items = [{"day": one.day, "name": one.name, "off": off} for one, off in found]
    return {"country": place.country, "region": place.region, "items": items}
