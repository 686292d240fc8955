"""What the API says of contents, and what it takes."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load, validate

from cilis.domains.content.types import (
    AnnouncementWish,
    Audience,
    BlockKind,
    PagePlace,
    PageWish,
    QuestionText,
    Tone,
)
from cilis.infra.http.schemas import Instant, Strict, Text, Translations


class PageSchema(Strict):
    """A page of text: title and Markdown by language."""

    slug = Text(required=True, least=2, most=41)
    title = Translations(required=True, most=120)
    body = Translations(required=True, most=40_000)
    place = fields.Enum(PagePlace, by_value=True, load_default=PagePlace.FOOTER)
    is_shown = fields.Boolean(data_key="shown", load_default=False)

    @post_load
    def _to_wish(self, data: dict[str, Any], **_: Any) -> PageWish:
        return PageWish(**data)


class PageChangeSchema(Strict):
    """Body of PUT: the whole page; its address stays."""

    title = Translations(required=True, most=120)
    body = Translations(required=True, most=40_000)
    place = fields.Enum(PagePlace, by_value=True, required=True)
    is_shown = fields.Boolean(data_key="shown", required=True)


class PageListSchema(Strict):
    """All pages in their order; hidden ones for admins only."""

    items = fields.List(fields.Nested(PageSchema), required=True)


class QuestionSchema(Strict):
    """A question and its answer (Markdown), by language."""

    question = Translations(required=True, most=200)
    answer = Translations(required=True, most=8_000)

    @post_load
    def _to_text(self, data: dict[str, Any], **_: Any) -> QuestionText:
        return QuestionText(**data)


class QuestionListSchema(Strict):
    """All questions in their order; PUT replaces them."""

    items = fields.List(fields.Nested(QuestionSchema), required=True)


class BlockSchema(Strict):
    """A block of the home page; a text that is left out is the organization's usual one."""

    key = fields.String(required=True, dump_only=True)
    kind = fields.Enum(BlockKind, by_value=True, required=True, dump_only=True)
    is_shown = fields.Boolean(data_key="shown", required=True)
    texts = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 20)),
        values=Translations(most=8_000),
        required=True,
    )


class BlockListSchema(Strict):
    """The blocks in their order; hidden ones for admins only."""

    items = fields.List(fields.Nested(BlockSchema), required=True)


class NewBlockSchema(Strict):
    """Body of POST: text or quote; of the others there is one each already."""

    kind = fields.Enum(BlockKind, by_value=True, required=True)


class OrderSchema(Strict):
    """Body of PUT: the keys in the order they shall stand in."""

    keys = fields.List(
        fields.String(validate=validate.Length(1, 40)),
        required=True,
        validate=validate.Length(1, 60),
    )


class AnnouncementSchema(Strict):
    """Something the organization tells for a while; texts (Markdown) by language."""

    id = fields.UUID(dump_only=True)
    texts = Translations(required=True, most=600)
    starts_at = Instant(required=True)
    ends_at = Instant(load_default=None, allow_none=True)
    audience = fields.Enum(Audience, by_value=True, load_default=Audience.EVERYBODY)
    tone = fields.Enum(Tone, by_value=True, load_default=Tone.INFO)
    is_dismissable = fields.Boolean(data_key="dismissable", load_default=True)

    @post_load
    def _to_wish(self, data: dict[str, Any], **_: Any) -> AnnouncementWish:
        return AnnouncementWish(**data)


class CurrentSchema(Strict):
    """What the caller is told now."""

    items = fields.List(fields.Nested(AnnouncementSchema), required=True)
