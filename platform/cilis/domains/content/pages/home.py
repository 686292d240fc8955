"""/admin/content/home: the blocks of the home page, their order and words."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug import Response

from cilis.domains.content import queries, service
from cilis.domains.content.errors import BlockFixed
from cilis.domains.content.pages.blueprint import by_language, languages, organization, pages
from cilis.domains.content.types import BLOCK_TEXTS, FREE_KINDS, LONG_TEXTS, Block, BlockKind
from cilis.infra.db import reading
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.notices import notice, refused
from cilis.infra.http.policies import policy
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_, gettext
from cilis.kit.errors import InvalidInput

KINDS = {
    BlockKind.HERO: ("search", N_("Beginning"), N_("One sentence, the search, the soonest times.")),
    BlockKind.FIELDS: ("layout-grid", N_("Fields"), N_("Tiles with the number of experts.")),
    BlockKind.EXPERTS: ("users", N_("Experts"), N_("Some who are free within two days.")),
    BlockKind.STEPS: ("list-ordered", N_("How it works"), N_("Three steps.")),
    BlockKind.REVIEWS: ("star", N_("Reviews"), N_("The newest good ones.")),
    BlockKind.QUESTIONS: ("circle-question-mark", N_("Questions"), N_("Questions and answers.")),
    BlockKind.TEXT: ("text", N_("Text"), N_("A title and a few paragraphs.")),
    BlockKind.QUOTE: ("quote", N_("Quote"), N_("One sentence and who said it.")),
}
LABELS = {
    "title": N_("Title"), "about": N_("Below the title"), "hint": N_("Hint in the search"),
    "title1": N_("First step"), "text1": N_("What happens there"), "title2": N_("Second step"),
    "text2": N_("What happens there"), "title3": N_("Third step"),
    "text3": N_("What happens there"), "body": N_("Text (Markdown)"), "quote": N_("Quote"),
    "author": N_("Who said it"),
}  # fmt: skip


@pages.get("/admin/content/home")
@policy("admin")
def home() -> str:
    """The blocks in their order."""
    with reading() as session:
        found = queries.blocks(session, hidden=True)
    return render_template(
        "content/admin/home.html", found=found, kinds=KINDS, free=FREE_KINDS, say=_label
    )


@pages.post("/admin/content/home")
@policy("admin")
@idempotent("content.add_block")
def add_block() -> Response:
    """One more block of a free kind; its form comes next."""
    kind = request.form.get("kind", "")
    try:
        block = service.add_block(BlockKind(kind if kind in set(BlockKind) else "hero"), viewer())
    except BlockFixed as refusal:
        refused(refusal.code)
        return redirect(url_for(".home"), 303)
    return redirect(url_for(".edit_block", key=block.key), 303)


@pages.get("/admin/content/home/<string:key>")
@policy("admin")
def edit_block(key: str) -> str:
    """The words of one block."""
    with reading() as session:
        block = queries.block(session, key)
    return _form(block, {})


@pages.post("/admin/content/home/<string:key>")
@policy("admin")
def save_block(key: str) -> Response | tuple[str, int]:
    """Keep the words of one block."""
    with reading() as session:
        block = queries.block(session, key)
    texts = {name: by_language(name) for name in BLOCK_TEXTS[block.kind]}
    try:
        service.change_block(key, texts, viewer(), shown=request.form.get("shown") == "1")
    except InvalidInput as refusal:
        return _form(Block(key, block.kind, block.is_shown, texts), refusal.fields), 422
    notice(N_("Saved. It is on the home page now."))
    return redirect(url_for(".home", _anchor=f"block-{key}"), 303)


@pages.post("/admin/content/home/<string:key>/move")
@policy("admin")
def move_block(key: str) -> Response:
    """One place up or down."""
    service.move_block(key, -1 if request.form.get("by") == "up" else 1, viewer())
    return redirect(url_for(".home", _anchor=f"block-{key}"), 303)


@pages.post("/admin/content/home/<string:key>/visibility")
@policy("admin")
def show_block(key: str) -> Response:
    """Show or hide."""
    service.show_block(key, viewer(), shown=request.form.get("shown") == "1")
    return redirect(url_for(".home", _anchor=f"block-{key}"), 303)


@pages.post("/admin/content/home/<string:key>/removal")
@policy("admin")
def remove_block(key: str) -> Response:
    """Remove a block of a free kind."""
    try:
        service.remove_block(key, viewer())
    except BlockFixed as refusal:
        refused(refusal.code)
    else:
        notice(N_("The block is removed."))
    return redirect(url_for(".home"), 303)


def _label(msgid: str) -> str:
    return gettext(msgid)


def _form(block: Block, errors: dict[str, list[str]]) -> str:
    """What stands in the fields is what the page shows: the block's words, or the usual ones."""
    usual = organization().texts
    rows = [
        {
            "name": name,
            "label": gettext(LABELS[name]),
            "rows": 4 if name in LONG_TEXTS else None,
            "values": {**usual.get(key, {}), **block.texts.get(name, {})},
        }
        for name, key in BLOCK_TEXTS[block.kind].items()
    ]
    mark, title, about = KINDS[block.kind]
    return render_template(
        "content/admin/block.html",
        block=block,
        rows=rows,
        mark=mark,
        title=gettext(title),
        about=gettext(about),
        languages=languages(),
        errors=errors,
        free=block.kind in FREE_KINDS,
    )
