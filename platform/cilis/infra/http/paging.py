"""Cursor paging of the API: ``?cursor=…&limit=…`` and {"items": […], "next_cursor": …}."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marshmallow import Schema, fields

from cilis.infra.http.schemas import Strict, between
from cilis.kit.pagination import MAX_LIMIT, Page


class PageArgs(Strict):
    """Query of a list."""

    cursor = fields.String(load_default=None, allow_none=True)
    limit = fields.Integer(load_default=20, validate=between(1, MAX_LIMIT))


page_args = PageArgs


def page_schema(item: type[Schema]) -> type[Schema]:
    """The schema of a page of such items."""
    name = item.__name__.removesuffix("Schema") + "PageSchema"
    return type(
        name,
        (Strict,),
        {
            "__doc__": "One page; ask again with next_cursor until it is null.",
            "items": fields.List(fields.Nested(item), required=True),
            "next_cursor": fields.String(allow_none=True, required=True),
        },
    )


def page_response(
    page: Page[Any], show: Callable[[Any], Any] = lambda item: item
) -> dict[str, Any]:
    """A page as the API answers it.

    A view returns it as it is, or, for long lists that are asked for often, ``jsonify`` of it:
    then ``show`` gives what stands on the wire, and a second pass through the schema, which would
    cost more than the query, is left out. A test compares both with the documented schema.
    """
    return {"items": [show(item) for item in page.items], "next_cursor": page.next_cursor}
