"""/admin/content: the organization's pages of text, and its questions."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug import Response

from cilis.domains.content import queries, service
from cilis.domains.content.errors import PageExists
from cilis.domains.content.pages.blueprint import by_language, languages, pages
from cilis.domains.content.types import Page, PagePlace, PageWish, QuestionText
from cilis.infra import markdown
from cilis.infra.db import reading
from cilis.infra.http.notices import notice
from cilis.infra.http.policies import policy
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_, gettext
from cilis.kit.errors import InvalidInput

PLACES = {
    PagePlace.FOOTER: N_("In the footer"),
    PagePlace.MENU: N_("In the menu"),
    PagePlace.NOWHERE: N_("Nowhere, only by its address"),
}
_EMPTY = Page("", {}, {}, PagePlace.FOOTER, is_shown=False)


@pages.get("/admin/content")
@policy("admin")
def overview() -> str:
    """Every page in its order."""
    with reading() as session:
        found = queries.pages(session, hidden=True)
    return render_template("content/admin/pages.html", found=found, places=PLACES)


@pages.get("/admin/content/pages/new")
@policy("admin")
def new_page() -> str:
    """The form of a page to come."""
    return _form(_EMPTY, {})


@pages.post("/admin/content/pages")
@policy("admin")
def add_page() -> Response | tuple[str, int]:
    """Keep a new page."""
    wish = _wish(request.form.get("slug", "").strip().lower())
    try:
        page = service.add_page(wish, viewer())
    except PageExists:
        return _form(_as_page(wish), {"slug": ["page_exists"]}), 422
    except InvalidInput as refusal:
        return _form(_as_page(wish), refusal.fields), 422
    return _saved(page)


@pages.get("/admin/content/pages/<string:slug>")
@policy("admin")
def edit_page(slug: str) -> str:
    """The form of a page."""
    with reading() as session:
        page = queries.page(session, slug, hidden=True)
    return _form(page, {}, known=True)


@pages.post("/admin/content/pages/<string:slug>")
@policy("admin")
def save_page(slug: str) -> Response | tuple[str, int]:
    """Keep what was written."""
    wish = _wish(slug)
    try:
        page = service.change_page(slug, wish, viewer())
    except InvalidInput as refusal:
        return _form(_as_page(wish), refusal.fields, known=True), 422
    return _saved(page)


@pages.post("/admin/content/pages/<string:slug>/move")
@policy("admin")
def move_page(slug: str) -> Response:
    """One place up or down."""
    service.move_page(slug, -1 if request.form.get("by") == "up" else 1, viewer())
    return redirect(url_for(".overview", _anchor=f"page-{slug}"), 303)


@pages.post("/admin/content/pages/<string:slug>/visibility")
@policy("admin")
def show_page(slug: str) -> Response:
    """Publish or hide."""
    page = service.show_page(slug, viewer(), shown=request.form.get("shown") == "1")
    notice(N_("The page is published.") if page.is_shown else N_("The page is hidden."))
    return redirect(url_for(".overview", _anchor=f"page-{slug}"), 303)


@pages.post("/admin/content/pages/<string:slug>/removal")
@policy("admin")
def remove_page(slug: str) -> Response:
    """Remove for good."""
    service.remove_page(slug, viewer())
    notice(N_("The page is removed."))
    return redirect(url_for(".overview"), 303)


@pages.post("/admin/content/preview")
@policy("admin")
def preview() -> str:
    """Markdown as it will look: one language of the form, for the pane beside it."""
    form = request.form
    field, language = form.get("preview_of", "body"), form.get("preview_language", "")
    return render_template(
        "content/admin/_preview.html",
        title=form.get(f"title.{language}", ""),
        body=markdown.to_html(form.get(f"{field}.{language}", "")[:40_000]),
    )


@pages.get("/admin/content/questions")
@policy("admin")
def questions() -> str:
    """Every question with its answer, and room for one more."""
    with reading() as session:
        found = queries.question_texts(session)
    return _questions(found, {})


@pages.post("/admin/content/questions")
@policy("admin")
def save_questions() -> Response | tuple[str, int]:
    """Replace the list: emptied questions go."""
    count = min(_number(request.form.get("count"), 0), 60)
    given = [(_number(request.form.get(f"place.{n}"), n), _question(n)) for n in range(count)]
    wanted = [
        one for _, one in sorted(given, key=lambda pair: pair[0]) if any(one.question.values())
    ]
    try:
        service.write_questions(wanted, viewer())
    except InvalidInput as refusal:
        return _questions(wanted, refusal.fields), 422
    notice(N_("Saved. It is on the home page now."))
    return redirect(url_for(".questions"), 303)


def _number(raw: str | None, otherwise: int) -> int:
    return int(raw) if raw and raw.isascii() and raw.isdigit() and len(raw) < 4 else otherwise


def _question(number: int) -> QuestionText:
    return QuestionText(
        by_language(f"items.{number}.question"), by_language(f"items.{number}.answer")
    )


def _questions(found: list[QuestionText], errors: dict[str, list[str]]) -> str:
    return render_template(
        "content/admin/questions.html",
        found=[*found, QuestionText({}, {})],
        languages=languages(),
        errors=errors,
    )


def _wish(slug: str) -> PageWish:
    form = request.form
    place = form.get("place", "")
    return PageWish(
        slug=slug,
        title=by_language("title"),
        body=by_language("body"),
        place=PagePlace(place) if place in set(PagePlace) else PagePlace.FOOTER,
        is_shown=form.get("shown") == "1",
    )


def _as_page(wish: PageWish) -> Page:
    return Page(wish.slug, wish.title, wish.body, wish.place, wish.is_shown)


def _saved(page: Page) -> Response:
    notice(
        N_("Saved. Everybody sees it now.")
        if page.is_shown
        else N_("Saved. Only you see it until you publish it.")
    )
    return redirect(url_for(".edit_page", slug=page.slug), 303)


def _form(page: Page, errors: dict[str, list[str]], *, known: bool = False) -> str:
    values: dict[str, Any] = {
        "page": page,
        "known": known,
        "errors": errors,
        "languages": languages(),
        "places": [(place.value, gettext(words)) for place, words in PLACES.items()],
    }
    return render_template("content/admin/page.html", **values)
