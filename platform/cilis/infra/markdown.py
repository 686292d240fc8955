"""Markdown of tenants and experts as HTML that cannot do harm."""

from __future__ import annotations

import functools

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

_TAGS = {
    "a",
    "blockquote",
    "br",
    "code",
    "em",
    "h2",
    "h3",
    "h4",
    "hr",
    "li",
    "ol",
    "p",
    "strong",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
}
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}
_parser = MarkdownIt("commonmark", {"html": False}).enable("table")


@functools.lru_cache(maxsize=512)
def to_html(source: str) -> Markup:
    """Paragraphs, lists, headings from the second rank on, tables and links; never raw HTML.

    Links lead to http(s), mail and telephone only, or within the site; pictures are left out.
    """
    rendered = _parser.render(source).replace("<h1>", "<h2>").replace("</h1>", "</h2>")
    safe = nh3.clean(
        rendered,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer",
    )
    return Markup(safe)  # noqa: S704 - cleaned on the line above
