"""Schemas that refuse what they do not know, clean text, and speak in codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate
from typing_extensions import override

from cilis.kit.money import Money
from cilis.kit.text import is_clean, nfc

_PLAINER = {
    "invalid_utf8": "invalid",
    "special": "invalid",
    "type": "invalid",
    "validator_failed": "invalid",
    "too_large": "out_of_range",
    "unknown": "not_a_choice",
}
"""Words of marshmallow for which a person needs no sentence of their own."""


def _speak_in_codes() -> None:
    """Make every stock field say a code ("required") instead of an English sentence."""
    waiting: list[type[fields.Field[Any]]] = [fields.Field]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        own = kind.__dict__.get("default_error_messages")
        if own:
            kind.default_error_messages = {name: _PLAINER.get(name, name) for name in own}


_speak_in_codes()


class Strict(Schema):
    """Base of all schemas: a field it does not know is an error (no mass assignment)."""

    error_messages = {"unknown": "unknown_field", "type": "invalid", "invalid_format": "invalid"}  # noqa: RUF012

    class Meta:
        """marshmallow's options."""

        unknown = RAISE
        ordered = True


class Text(fields.String):
    """Text in NFC, trimmed, without NUL or direction overrides, within a length."""

    def __init__(self, *, least: int = 0, most: int = 200, **more: Any) -> None:
        super().__init__(**more)
        self.least, self.most = least, most
        self.metadata = {"minLength": least, "maxLength": most, **self.metadata}

    @override
    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> str:
        text = super()._deserialize(value, attr, data, **more)
        if not is_clean(text):
            raise ValidationError("unclean_text")
        text = nfc(text).strip()
        if len(text) < self.least:
            raise ValidationError("required" if not text else "too_short")
        if len(text) > self.most:
            raise ValidationError("too_long")
        return text


class Translations(fields.Dict):
    """Texts by language: {"vi": "…", "en": "…"}."""

    def __init__(self, *, most: int = 200, **more: Any) -> None:
        super().__init__(
            keys=fields.String(validate=one_of("vi", "en", "de")), values=Text(most=most), **more
        )


class Instant(fields.AwareDateTime):
    """An instant, ISO 8601 with an offset; years 2000 to 2100."""

    @override
    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        found = super()._deserialize(value, attr, data, **more)
        if not 2000 <= found.year <= 2100:
            raise ValidationError("out_of_range")
        return found


class MoneySchema(Strict):
    """An amount in whole minor units of an ISO 4217 currency."""

    minor = fields.Integer(required=True, strict=True)
    currency = fields.String(required=True)


def money(amount: Money) -> dict[str, Any]:
    """An amount as the API shows it."""
    return {"minor": amount.minor, "currency": amount.currency}


def one_of(*choices: str) -> validate.OneOf:
    """A validator: one of these words."""
    return validate.OneOf(choices, error="not_a_choice")


def between(least: int, most: int) -> validate.Range:
    """A validator: a number within these bounds, both included."""
    return validate.Range(least, most, error="out_of_range")


def flatten(messages: Any, prefix: str = "") -> dict[str, list[str]]:
    """Marshmallow's nested messages as {"dotted.name": [codes]}."""
    if isinstance(messages, Mapping):
        found: dict[str, list[str]] = {}
        for name, below in messages.items():
            place = "" if name == "_schema" else str(name)
            path = ".".join(part for part in (prefix, place) if part)
            for dotted, codes in flatten(below, path).items():
                found.setdefault(dotted, []).extend(codes)
        return found
    codes = messages if isinstance(messages, list) else [messages]
    return {prefix or "body": [str(code) for code in codes]}
