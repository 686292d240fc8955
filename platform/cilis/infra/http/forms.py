"""Page forms, checked by the same schemas as the API."""

from __future__ import annotations

from typing import Any

from flask import request
from marshmallow import Schema, ValidationError

from cilis.infra.http.schemas import flatten
from cilis.kit.errors import InvalidInput

_OURS = frozenset({"_csrf", "_key"})


def load_form(schema: type[Schema] | Schema, **more: Any) -> dict[str, Any]:
    """The checked values of the posted form.

    A field that occurs several times is a list where the schema wants one. ``more`` adds values
    that come from the address. Raises InvalidInput with codes by field.
    """
    ready = schema() if isinstance(schema, type) else schema
    raw: dict[str, Any] = {}
    for name, values in request.form.lists():
        if name in _OURS:
            continue
        many = name in ready.fields and type(ready.fields[name]).__name__ == "List"
        raw[name] = [value for value in values if value] if many else values[-1]
    try:
        loaded: dict[str, Any] = ready.load({**raw, **more})
    except ValidationError as problem:
        raise InvalidInput(flatten(problem.messages)) from problem
    return loaded
