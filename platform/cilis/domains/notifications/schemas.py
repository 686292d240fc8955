"""What the API says of notices and of what people want to hear."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import ValidationError, fields, validate
from typing_extensions import override

from cilis.domains.notifications.types import Kind, Matter, Timing
from cilis.infra.http.paging import PageArgs
from cilis.infra.http.schemas import Instant, Strict, one_of

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\Z")


class Clock(fields.String):
    """A time of day, "22:30", as minutes after midnight."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.metadata = {"pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", **self.metadata}

    @override
    def _serialize(self, value: Any, attr: str | None, obj: Any, **more: Any) -> str | None:
        return None if value is None else f"{value // 60:02}:{value % 60:02}"

    @override
    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        found = _CLOCK.fullmatch(super()._deserialize(value, attr, data, **more))
        if found is None:
            raise ValidationError("not_a_time")
        return int(found[1]) * 60 + int(found[2])


class NoticeSchema(Strict):
    """One notice, in the words of the caller's language."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=one_of(*Kind))
    title = fields.String(required=True)
    text = fields.String(required=True)
    link = fields.String(required=True, metadata={"description": "a path of this site"})
    at = Instant(required=True)
    is_read = fields.Boolean(required=True, data_key="read")


class NoticeListArgs(PageArgs):
    """Query of the list of notices."""

    unread = fields.Boolean(load_default=False)


class UnreadSchema(Strict):
    """How many notices are new; 100 stands for more than 99."""

    unread = fields.Integer(required=True)


class MarkedSchema(Strict):
    """How many notices were new until now."""

    marked = fields.Integer(required=True)


class ChoiceSchema(Strict):
    """When one channel carries one matter."""

    matter = fields.Enum(Matter, by_value=True, required=True)
    channel = fields.String(required=True, validate=validate.Length(1, 40))
    timing = fields.Enum(Timing, by_value=True, required=True)


class ShownChoiceSchema(ChoiceSchema):
    """The same with what may be chosen; a mandatory matter has one choice."""

    mandatory = fields.Boolean(required=True)
    timings = fields.List(fields.Enum(Timing, by_value=True), required=True)


class HoursSchema(Strict):
    """Quiet hours and the hour of the daily letter, in the person's own zone."""

    quiet_from = Clock(allow_none=True, load_default=None)
    quiet_until = Clock(allow_none=True, load_default=None)
    digest_at = Clock(load_default=18 * 60)


class PreferencesSchema(HoursSchema):
    """What the caller wants to hear."""

    choices = fields.List(fields.Nested(ShownChoiceSchema), required=True)


class PreferencesChangeSchema(HoursSchema):
    """Body of PUT: the choices to change, others stay; hours are replaced."""

    choices = fields.List(fields.Nested(ChoiceSchema), load_default=list)
