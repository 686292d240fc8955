"""/api/v1/pages, home-blocks, questions, announcements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from cilis.domains.content import queries, service
from cilis.domains.content.schemas import (
    AnnouncementSchema,
    BlockListSchema,
    BlockSchema,
    CurrentSchema,
    NewBlockSchema,
    OrderSchema,
    PageChangeSchema,
    PageListSchema,
    PageSchema,
    QuestionListSchema,
)
from cilis.domains.content.types import Announcement, AnnouncementWish, Block, Page, PageWish
from cilis.infra.db import reading
from cilis.infra.http.api import ApiBlueprint
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.paging import page_args, page_response, page_schema
from cilis.infra.http.policies import PUBLIC, policy
from cilis.infra.http.viewer import viewer

page_api = ApiBlueprint(
    "pages", __name__, url_prefix="/api/v1/pages", description="The organization's pages of text."
)
block_api = ApiBlueprint(
    "home_blocks", __name__, url_prefix="/api/v1/home-blocks",
    description="What the home page shows, in which order and words.",
)  # fmt: skip
question_api = ApiBlueprint(
    "questions", __name__, url_prefix="/api/v1/questions", description="Questions many people ask."
)
announcement_api = ApiBlueprint(
    "announcements", __name__, url_prefix="/api/v1/announcements",
    description="What the organization tells its people for a while.",
)  # fmt: skip
blueprints = (page_api, block_api, question_api, announcement_api)


def _edits() -> bool:
    return viewer().has("admin")


@page_api.get("")
@policy(PUBLIC)
@page_api.response(200, PageListSchema)
def list_pages() -> Mapping[str, Any]:
    """All pages in their order; hidden ones for admins only."""
    with reading() as session:
        return {"items": queries.pages(session, hidden=_edits())}


def _page(page_id: UUID) -> Page:
    with reading() as session:
        return queries.page_by_id(session, page_id)


@page_api.post("")
@policy("admin")
@page_api.arguments(PageSchema)
@page_api.response(201, PageSchema)
@page_api.problems(page_exists=409)
@idempotent("content.add_page", again=_page)
def add_page(wish: PageWish) -> Page:
    """Make a page, hidden unless ``shown``."""
    return service.add_page(wish, viewer())


@page_api.get("/<string:slug>")
@policy(PUBLIC)
@page_api.response(200, PageSchema)
@page_api.problems(page_not_found=404)
def show_page(slug: str) -> Page:
    """One page."""
    with reading() as session:
        return queries.page(session, slug, hidden=_edits())


@page_api.put("/<string:slug>")
@policy("admin")
@page_api.arguments(PageChangeSchema)
@page_api.response(200, PageSchema)
@page_api.problems(page_not_found=404)
def change_page(body: Mapping[str, Any], slug: str) -> Page:
    """Write a page anew."""
    return service.change_page(slug, PageWish(slug=slug, **body), viewer())


@page_api.delete("/<string:slug>")
@policy("admin")
@page_api.response(204)
@page_api.problems(page_not_found=404)
def remove_page(slug: str) -> None:
    """Remove a page for good."""
    service.remove_page(slug, viewer())


@block_api.get("")
@policy(PUBLIC)
@block_api.response(200, BlockListSchema)
def list_blocks() -> Mapping[str, Any]:
    """The blocks in their order; hidden ones for admins only."""
    with reading() as session:
        return {"items": queries.blocks(session, hidden=_edits())}


@block_api.post("")
@policy("admin")
@block_api.arguments(NewBlockSchema)
@block_api.response(201, BlockSchema)
@block_api.problems(block_fixed=409)
def add_block(body: Mapping[str, Any]) -> Block:
    """Add a hidden block of text or a quote at the end."""
    return service.add_block(body["kind"], viewer())


@block_api.put("/order")
@policy("admin")
@block_api.arguments(OrderSchema)
@block_api.response(200, BlockListSchema)
@block_api.problems(block_not_found=404)
def order_blocks(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Put the blocks into this order."""
    return {"items": service.order_blocks(body["keys"], viewer())}


@block_api.put("/<string:key>")
@policy("admin")
@block_api.arguments(BlockSchema)
@block_api.response(200, BlockSchema)
@block_api.problems(block_not_found=404)
def change_block(body: Mapping[str, Any], key: str) -> Block:
    """Write the words of a block, show or hide it."""
    return service.change_block(key, body["texts"], viewer(), shown=body["is_shown"])


@block_api.delete("/<string:key>")
@policy("admin")
@block_api.response(204)
@block_api.problems(block_not_found=404, block_fixed=409)
def remove_block(key: str) -> None:
    """Remove a block of text or a quote."""
    service.remove_block(key, viewer())


@question_api.get("")
@policy(PUBLIC)
@question_api.response(200, QuestionListSchema)
def list_questions() -> Mapping[str, Any]:
    """All questions in their order."""
    with reading() as session:
        return {"items": queries.question_texts(session)}


@question_api.put("")
@policy("admin")
@question_api.arguments(QuestionListSchema)
@question_api.response(200, QuestionListSchema)
def write_questions(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Replace the questions and answers."""
    return {"items": service.write_questions(body["items"], viewer())}


@announcement_api.get("/current")
@policy(PUBLIC)
@announcement_api.response(200, CurrentSchema)
def list_current() -> Mapping[str, Any]:
    """What the caller is told now."""
    with reading() as session:
        return {"items": queries.announcements_for(session, viewer().roles)}


@announcement_api.get("")
@policy("admin")
@announcement_api.arguments(page_args, location="query")
@announcement_api.response(200, page_schema(AnnouncementSchema))
def list_announcements(args: Mapping[str, Any]) -> dict[str, Any]:
    """Every announcement, what starts last first."""
    with reading() as session:
        page = queries.announcements_page(session, cursor=args["cursor"], limit=args["limit"])
    return page_response(page)


def _one(announcement_id: UUID) -> Announcement:
    with reading() as session:
        return queries.announcement(session, announcement_id)


@announcement_api.post("")
@policy("admin")
@announcement_api.arguments(AnnouncementSchema)
@announcement_api.response(201, AnnouncementSchema)
@idempotent("content.announce", again=_one)
def announce(wish: AnnouncementWish) -> Announcement:
    """Announce something."""
    return service.announce(wish, viewer())


@announcement_api.get("/<uuid:announcement_id>")
@policy("admin")
@announcement_api.response(200, AnnouncementSchema)
@announcement_api.problems(announcement_not_found=404)
def show_announcement(announcement_id: UUID) -> Announcement:
    """One announcement."""
    return _one(announcement_id)


@announcement_api.put("/<uuid:announcement_id>")
@policy("admin")
@announcement_api.arguments(AnnouncementSchema)
@announcement_api.response(200, AnnouncementSchema)
@announcement_api.problems(announcement_not_found=404)
def change_announcement(wish: AnnouncementWish, announcement_id: UUID) -> Announcement:
    """Write an announcement anew."""
    return service.change_announcement(announcement_id, wish, viewer())


@announcement_api.post("/<uuid:announcement_id>/ends")
@policy("admin")
@announcement_api.response(200, AnnouncementSchema)
@announcement_api.problems(announcement_not_found=404)
def end_announcement(announcement_id: UUID) -> Announcement:
    """Let an announcement be over now."""
    return service.end_announcement(announcement_id, viewer())


@announcement_api.delete("/<uuid:announcement_id>")
@policy("admin")
@announcement_api.response(204)
@announcement_api.problems(announcement_not_found=404)
def remove_announcement(announcement_id: UUID) -> None:
    """Remove an announcement for good."""
    service.remove_announcement(announcement_id, viewer())
