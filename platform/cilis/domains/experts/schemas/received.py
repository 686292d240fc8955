"""What comes in, by the API and by page forms alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask_smorest.fields import Upload
from marshmallow import fields, pre_load, validate

from cilis.domains.experts.types import (
    MAX_ALIASES,
    MAX_PRICE_MINOR,
    MAX_SERVICES,
    Decision,
    DocumentKind,
    ServiceMode,
    VerificationState,
)
from cilis.infra.http.paging import PageArgs
from cilis.infra.http.schemas import Strict, Text, Translations, between

_PART = re.compile(r"\[([^\[\]]+)\]")
_DEEPEST, _LONGEST_NUMBER = 4, 7
_SLUG = validate.Regexp(r"^([a-z0-9]+(-[a-z0-9]+)*)?\Z", error="not_a_slug")
_COUNTRY = validate.Regexp(r"^[A-Z]{2}\Z", error="not_a_country")


def _language() -> fields.String:
    return fields.String(validate=validate.Regexp(r"^[a-z]{2,3}\Z", error="unknown_language"))


def _up_to(most: int) -> validate.Length:
    return validate.Length(max=most, error="too_many")


def nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    """A form's flat names as nested values: ``headline[vi]``, ``experience[0][title][en]``.

    Numbered parts become lists, rows in which nothing was filled in are left out, and an empty
    value inside a row is None. Values without brackets stay as they are, and so do names that go
    too deep: no schema knows them. Of two names that clash the later one wins.
    """
    tree: dict[str, Any] = {key: value for key, value in flat.items() if "[" not in key}
    for key, value in flat.items():
        head, bracket, _ = key.partition("[")
        if not bracket:
            continue
        *way, last = _PART.findall(key) or [key]
        if len(way) > _DEEPEST:
            tree[key] = value
            continue
        place = _below(tree, head)
        for part in way:
            place = _below(place, part)
        place[last] = value
    return {key: _listed(value) for key, value in tree.items()}


def _below(place: dict[str, Any], part: str) -> dict[str, Any]:
    inner = place.get(part)
    if not isinstance(inner, dict):
        inner = place[part] = {}
    return inner


def _listed(value: Any) -> Any:
    if not isinstance(value, dict) or not value:
        return value
    if not all(str(part).isdecimal() and len(str(part)) < _LONGEST_NUMBER for part in value):
        return {part: _listed(inner) for part, inner in value.items()}
    rows = [_listed(value[part]) for part in sorted(value, key=int)]
    return [
        {name: inner if inner != "" else None for name, inner in row.items()}
        if isinstance(row, dict)
        else row
        for row in rows
        if _is_filled(row)
    ]


def _is_filled(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_is_filled(inner) for inner in value.values())
    return bool(value)


class Formed(Strict):
    """Base of schemas that page forms use too, with names such as ``headline[vi]``."""

    @pre_load
    def _nest(self, data: Any, **_: Any) -> Any:
        return nested(data) if isinstance(data, Mapping) else data


class ApplicationSchema(Formed):
    """Body of POST /api/v1/experts, and the form on /apply."""

    name = Text(least=2, most=120, required=True)
    honorific = Text(most=40, load_default="")
    country = fields.String(load_default="", validate=_COUNTRY)
    time_zone = Text(least=1, most=64, required=True)
    languages = fields.List(
        _language(), required=True, validate=validate.Length(min=1, max=12, error="required")
    )


class StationSchema(Strict):
    """One line of experience or education; years, ``until`` empty while it lasts."""

    from_ = fields.Integer(
        required=True, data_key="from", attribute="from", validate=between(1930, 2100)
    )
    until = fields.Integer(load_default=None, allow_none=True, validate=between(1930, 2100))
    title = Translations(most=160, required=True)
    place = Translations(most=160, load_default=dict, allow_none=True)


class ProfileChangeSchema(Formed):
    """Body of PATCH /api/v1/experts/me, and the form on /desk/profile."""

    name = Text(least=2, most=120)
    honorific = Text(most=40)
    headline = Translations(most=160)
    biography = Translations(most=8000)
    languages = fields.List(_language(), validate=validate.Length(min=1, max=12, error="required"))
    country = fields.String(validate=_COUNTRY)
    time_zone = Text(least=1, most=64)
    experience = fields.List(fields.Nested(StationSchema), validate=_up_to(40))
    education = fields.List(fields.Nested(StationSchema), validate=_up_to(40))
    topic_ids = fields.List(fields.UUID(), validate=_up_to(12))


class ServiceSchema(Formed):
    """Body of POST and PUT of a service. Prices are in minor units of the tenant's currency."""

    names = Translations(most=120, required=True)
    description = Translations(most=2000, load_default=dict)
    minutes = fields.Integer(required=True, strict=True, validate=between(5, 480))
    price_minor = fields.Integer(required=True, strict=True, validate=between(0, MAX_PRICE_MINOR))
    buffer_before_minutes = fields.Integer(load_default=0, validate=between(0, 240))
    buffer_after_minutes = fields.Integer(load_default=0, validate=between(0, 240))
    needs_acceptance = fields.Boolean(load_default=False)
    notice_minutes = fields.Integer(load_default=120, validate=between(0, 60 * 24 * 30))
    window_days = fields.Integer(load_default=60, validate=between(1, 365))
    active = fields.Boolean(load_default=True)
    mode = fields.Enum(ServiceMode, by_value=True, load_default=ServiceMode.VIDEO)
    place = Text(most=200, load_default="")
    policy = Text(most=40, load_default="")


class ServiceFormSchema(Formed):
    """The form on /desk/services: the price as people write it ("550.000", "89,50").

    `service_wish` turns what it gives into the use cases' wish.
    """

    names = Translations(most=120, required=True)
    description = Translations(most=2000, load_default=dict)
    minutes = fields.Integer(required=True, validate=between(5, 480))
    price = Text(least=1, most=24, required=True)
    buffer_before_minutes = fields.Integer(load_default=0, validate=between(0, 240))
    buffer_after_minutes = fields.Integer(load_default=0, validate=between(0, 240))
    needs_acceptance = fields.Boolean(load_default=False)
    notice_minutes = fields.Integer(load_default=120, validate=between(0, 60 * 24 * 30))
    window_days = fields.Integer(load_default=60, validate=between(1, 365))
    active = fields.Boolean(load_default=False)  # an unticked box is not sent
    mode = fields.Enum(ServiceMode, by_value=True, load_default=ServiceMode.VIDEO)
    place = Text(most=200, load_default="")
    policy = Text(most=40, load_default="")


class PolicyChoiceSchema(Strict):
    """Rules of cancelling by their key, "" for the organization's own."""

    policy = Text(most=40, load_default="")


class ServiceOrderSchema(Strict):
    """Body of PUT /api/v1/experts/me/services/order."""

    ids = fields.List(fields.UUID(), required=True, validate=_up_to(MAX_SERVICES))


class DocumentFormSchema(Strict):
    """What comes beside an uploaded paper."""

    kind = fields.Enum(DocumentKind, by_value=True, required=True)


class DocumentUploadSchema(Strict):
    """The uploaded paper itself."""

    file = Upload(required=True)


class PictureUploadSchema(Strict):
    """An uploaded picture."""

    picture = Upload(required=True)


class DecisionSchema(Formed):
    """Body of POST /api/v1/verifications/<id>/decisions, and the reviewer's form."""

    decision = fields.Enum(Decision, by_value=True, required=True)
    reason = Text(most=4000, load_default="")
    missing = fields.List(Text(least=1, most=160), load_default=list, validate=_up_to(20))


class SuspensionSchema(Formed):
    """Body of PUT /api/v1/experts/<id>/suspension."""

    reason = Text(least=3, most=1000, required=True)


class TopicWishSchema(Formed):
    """Body of POST and PUT of a topic, and the admin's form."""

    slug = fields.String(
        load_default="", validate=[_SLUG, validate.Length(max=60, error="too_long")]
    )
    names = Translations(most=80, required=True)
    parent_id = fields.UUID(load_default=None, allow_none=True)
    icon = fields.String(
        load_default="", validate=validate.Regexp(r"^[a-z0-9-]{0,40}\Z", error="not_a_choice")
    )
    position = fields.Integer(load_default=None, allow_none=True, validate=between(0, 10_000))
    aliases = fields.List(Text(least=1, most=60), load_default=list, validate=_up_to(MAX_ALIASES))


class TopicFormSchema(TopicWishSchema):
    """The admin's form of a topic: its other words in one text, a line each or with commas."""

    @pre_load
    def _read_form(self, data: Any, **_: Any) -> Any:
        """Split the words; a select has no null, so its empty choice is the root."""
        typed = {name: value for name, value in data.items() if name != "parent_id" or value}
        words = str(typed.pop("other_words", ""))
        aliases = [word.strip() for word in re.split(r"[\n,;]", words) if word.strip()]
        return {**typed, "aliases": aliases}


class TopicPlaceSchema(Strict):
    """Body of PUT /api/v1/topics/<id>/place: the ``place``-th below the parent, from 0."""

    parent_id = fields.UUID(load_default=None, allow_none=True)
    place = fields.Integer(required=True, validate=between(0, 10_000))


class TopicMergerSchema(Strict):
    """Body of POST /api/v1/topics/<id>/mergers, and the admin's form."""

    into_id = fields.UUID(required=True)


class QueueArgs(PageArgs):
    """Query of GET /api/v1/verifications; without ``state`` the ones that wait for a reviewer."""

    state = fields.Enum(VerificationState, by_value=True, load_default=VerificationState.SUBMITTED)
    words = Text(most=80, load_default="")
